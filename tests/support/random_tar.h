// Valid tars by chance: every dialect (v7, ustar, GNU, pax), entries of all types, long names, hard links, entries that
// take another's place, directories named late or never, sparse files of four kinds, extended attributes, odd modes,
// owners and times, names that are not UTF-8. The same seed makes the same tar on every machine.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "support/tar_builder.h"

namespace minidock::store {

// What is to be compared of each thing in a tree.
enum class Aspect { presence, mode, owner, time, content, links, xattrs };
const char* name_of(Aspect aspect);

// One aspect of one thing that is not everywhere the same: why, and who is the odd one out.
struct Difference {
  std::string why;
  bool of_gnu_tar = false;  // the layer is as Python's tarfile has it
};

// One entry with its extended headers.
struct RandomEntry {
  std::string bytes;
  std::string path;  // where it is in the tree; the tar may name it by way of a link
  bool is_directory = false;
  std::map<Aspect, Difference> differs = {};
};

class RandomTar {
 public:
  explicit RandomTar(uint64_t seed);

  std::vector<RandomEntry>& entries() { return entries_; }
  std::string bytes() const;
  // What is known to differ, by path and aspect: why. Directories that no entry names are among it.
  std::map<std::pair<std::string, Aspect>, Difference> differences() const;

 private:
  enum class Dialect { v7, ustar, gnu, pax };
  struct Draft {
    TarEntry entry;
    std::string named = {};    // as the tar has it
    std::string records = {};  // of the pax header
    RandomEntry done = {};
  };

  size_t pick(size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random_); }
  bool one_in(size_t count) { return pick(count) == 0; }
  std::string name();
  bool choose_path(Draft& draft);
  void add();
  void add_directory(Draft& draft);
  void add_file(Draft& draft);
  struct Piece {
    size_t offset, size;
  };
  void add_sparse(Draft& draft);
  void describe_pieces_as_gnu(Draft& draft, const std::vector<Piece>& pieces, size_t whole);
  void describe_pieces_in_pax(Draft& draft, const std::vector<Piece>& pieces, size_t whole);
  void add_other(Draft& draft);
  void add_xattrs(Draft& draft);
  void set_numbers(Draft& draft);
  void note_repetition(RandomEntry& done, const std::string& spelling);
  bool finish(Draft& draft);  // false: it does not go into this dialect
  std::string spelled(const std::string& path, bool directory);
  std::string place(Draft& draft);  // its names to where this dialect has them: what goes before the header

  std::mt19937_64 random_;
  Dialect dialect_;
  std::vector<RandomEntry> entries_;
  std::vector<std::string> directories_ = {""};   // that entries name, or will; each with a slash
  std::vector<std::string> late_;                 // those whose entry is still to come
  std::map<std::string, std::string> links_;      // symbolic ones to directories that are there, each with a slash
  std::map<std::string, RandomEntry> linkable_;   // files and the like, by their paths
  std::set<std::string> taken_;                   // paths
  std::map<std::string, std::string> spellings_;  // of directories: how the first entry for it names it
  std::set<std::string> made_;                    // directories that are there by now
  bool has_end_;
};

}  // namespace minidock::store

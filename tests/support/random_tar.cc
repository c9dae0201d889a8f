#include "support/random_tar.h"

#include "base/text.h"

namespace minidock::store {

namespace {

const std::string kGnuMagic("ustar  \0", 8);

std::string padded(std::string text) {
  return text + std::string((512 - text.size() % 512) % 512, '\0');
}

}  // namespace

const char* name_of(Aspect aspect) {
  constexpr const char* kNames[] = {"presence", "mode", "owner", "time", "content", "links", "xattrs"};
  return kNames[static_cast<int>(aspect)];
}

RandomTar::RandomTar(uint64_t seed) : random_(seed), dialect_(static_cast<Dialect>(pick(4))), has_end_(!one_in(8)) {
  for (size_t count = 1 + pick(40); count > 0; --count) add();
  // In the end those that were only lain in.
  while (!late_.empty()) {
    Draft draft;
    draft.named = late_.back();
    late_.pop_back();
    draft.named.pop_back();
    draft.done.path = draft.named;
    draft.done.is_directory = true;
    draft.entry.type = '5';
    set_numbers(draft);
    finish(draft);
  }
}

std::string RandomTar::bytes() const {
  std::string all;
  for (const RandomEntry& entry : entries_) all += entry.bytes;
  if (!has_end_ && !all.empty()) return all;
  return all + std::string(1024, '\0');
}

std::map<std::pair<std::string, Aspect>, Difference> RandomTar::differences() const {
  std::map<std::pair<std::string, Aspect>, Difference> all;
  // The parents of all; of those that an entry names this is taken back.
  for (const RandomEntry& entry : entries_) {
    for (size_t slash = entry.path.find('/'); slash != std::string::npos; slash = entry.path.find('/', slash + 1)) {
      all[{entry.path.substr(0, slash), Aspect::time}] = {
          "a directory that no entry names is as old as what needed it"};
    }
  }
  for (const RandomEntry& entry : entries_) {
    if (entry.is_directory) all.erase({entry.path, Aspect::time});
  }
  for (const RandomEntry& entry : entries_) {
    for (const auto& [aspect, difference] : entry.differs) {
      Difference& known = all.try_emplace({entry.path, aspect}, difference).first->second;
      if (!difference.of_gnu_tar) known = difference;
    }
  }
  return all;
}

std::string RandomTar::name() {
  static const std::vector<std::string> kLetters = {"a", "b", "c", "d", "0", "7", ".",
                                                    "_", "-", "+", " ", "~", "%", "\\"};
  std::string text = "n";
  for (size_t length = 1 + pick(12); length > 0; --length) text += kLetters[pick(kLetters.size())];
  if (one_in(10)) text += "\xc3\xa9";
  if (one_in(20)) text += "\xe9\xff";  // not UTF-8
  if (one_in(40)) text += "\n\x1b";
  if (dialect_ != Dialect::v7 && one_in(20)) text += std::string(60 + pick(150), 'l');
  return text;
}

bool RandomTar::choose_path(Draft& draft) {
  if (!links_.empty() && one_in(6)) {
    auto link = links_.begin();
    std::advance(link, pick(links_.size()));
    const std::string leaf = name();
    draft.named = link->first + leaf;
    draft.done.path = link->second + leaf;
  } else {
    std::string directory = directories_[pick(directories_.size())];
    if (one_in(8)) {
      directory += name();
      if (!taken_.insert(directory).second) return false;
      directory += "/";
      directories_.push_back(directory);
      if (one_in(2)) late_.push_back(directory);
    }
    draft.done.path = draft.named = directory + name();
  }
  return !taken_.contains(draft.done.path) && (draft.named.size() <= 95 || dialect_ != Dialect::v7);
}

void RandomTar::add() {
  Draft draft;
  if (!linkable_.empty() && one_in(8)) {  // takes the place of another
    auto old = linkable_.begin();
    std::advance(old, pick(linkable_.size()));
    draft.done.path = draft.named = old->first;
    if (draft.named.size() > 95) return;
    linkable_.erase(old);
  } else if (!choose_path(draft)) {
    return;
  }
  set_numbers(draft);
  const size_t kind = pick(10);
  if (kind < 2) {
    add_directory(draft);
  } else if (kind < 6) {
    add_file(draft);
  } else if (kind == 6 && (dialect_ == Dialect::pax || dialect_ == Dialect::gnu)) {
    add_sparse(draft);
  } else {
    add_other(draft);
  }
}

void RandomTar::set_numbers(Draft& draft) {
  TarEntry& entry = draft.entry;
  entry.mode = one_in(5) ? 0100000 | pick(010000) : pick(010000);
  entry.uid = pick(70'000);
  entry.gid = pick(70'000);
  entry.mtime = pick(2'000'000'000);
  if (dialect_ == Dialect::gnu && one_in(5)) entry.uid = 4'000'000'000 + pick(200'000'000);  // base-256
  if (dialect_ != Dialect::pax) return;
  if (one_in(3)) {
    draft.records += pax_record("mtime", cat(entry.mtime, ".", 100'000'000 + pick(800'000'000)));
  } else if (one_in(12)) {
    draft.records += pax_record("mtime", cat("-", 1 + pick(100'000), one_in(2) ? "" : ".5"));
    draft.done.differs[Aspect::time] = {"nothing is older than 1970"};
  }
  if (one_in(8)) draft.records += pax_record("uid", cat(3'000'000'000 + pick(1'000'000'000)));
  if (one_in(8)) draft.records += pax_record("gid", cat(pick(4'000'000'000)));
}

void RandomTar::add_xattrs(Draft& draft) {
  if (dialect_ != Dialect::pax || !one_in(3)) return;
  const auto add = [&draft](const std::string& key, const std::string& value) {
    draft.records += pax_record("SCHILY.xattr." + key, value);
  };
  for (size_t count = pick(3); count > 0; --count) {
    add("user." + std::string(1 + pick(60), static_cast<char>('k' + count)), std::string(pick(300), 'v'));
  }
  if (one_in(4)) add("user.bytes", std::string("\x01\xff\0\n=", 5));
  if (one_in(6)) {
    add(one_in(2) ? "trusted.note" : "trusted.overlay.opaque", "y");
    draft.done.differs[Aspect::xattrs] = {"trusted attributes are the host's"};
  }
}

void RandomTar::add_directory(Draft& draft) {
  draft.entry.type = '5';
  draft.done.is_directory = true;
  if (one_in(5) && directories_.size() > 1) {  // once more, with other attributes
    draft.named = directories_[1 + pick(directories_.size() - 1)];
    draft.named.pop_back();
    draft.done.path = draft.named;
  }
  add_xattrs(draft);
  if (!finish(draft)) return;
  if (taken_.insert(draft.done.path).second) directories_.push_back(draft.done.path + "/");
}

void RandomTar::add_file(Draft& draft) {
  draft.entry.data.assign(one_in(5) ? 0 : pick(12'000), static_cast<char>('a' + pick(26)));
  if (dialect_ == Dialect::pax && one_in(15)) {
    draft.records += pax_record("size", cat(draft.entry.data.size()));
    draft.entry.size = 0;
  }
  add_xattrs(draft);
  if (dialect_ == Dialect::ustar && one_in(12)) draft.entry.type = '7';
  if (one_in(30)) {
    draft.done.path = draft.named = ".wh." + name();
    if (draft.named.size() > 95 || taken_.contains(draft.named)) return;
    draft.done.differs[Aspect::presence] = {"a whiteout is no file"};
  }
  if (finish(draft) && !draft.done.differs.contains(Aspect::presence)) linkable_[draft.done.path] = draft.done;
}

void RandomTar::describe_pieces_as_gnu(Draft& draft, const std::vector<Piece>& pieces, size_t whole) {
  std::string rest(167, '\0');  // struct oldgnu_header of tar(5), from the byte 345
  const auto put = [&rest](size_t at, size_t value) {
    char digits[16];
    snprintf(digits, sizeof digits, "%011zo", value);
    rest.replace(at, 12, std::string(digits, 12));
  };
  for (size_t i = 0; i < pieces.size(); ++i) {
    put(41 + 24 * i, pieces[i].offset);
    put(53 + 24 * i, pieces[i].size);
  }
  put(138, whole);
  draft.entry.type = 'S';
  draft.entry.fields["rest"] = rest;
}

// The forms 0.0, 0.1 and 1.0 of GNU tar's manual, "Storing Sparse Files".
void RandomTar::describe_pieces_in_pax(Draft& draft, const std::vector<Piece>& pieces, size_t whole) {
  const auto record = [&draft](const std::string& key, size_t value) {
    draft.records += pax_record("GNU.sparse." + key, cat(value));
  };
  const size_t form = pick(3);
  if (form < 2) {
    record("size", whole);
    record("numblocks", pieces.size());
  } else {
    record("major", 1);
    record("minor", 0);
    record("realsize", whole);
    draft.records += pax_record("GNU.sparse.name", draft.named);
  }
  std::string map;
  for (const Piece& piece : pieces) {
    if (form == 0) {
      record("offset", piece.offset);
      record("numbytes", piece.size);
    } else if (form == 1) {
      map += cat(map.empty() ? "" : ",", piece.offset, ",", piece.size);
    } else {
      map += cat(piece.offset, "\n", piece.size, "\n");
    }
  }
  if (form == 1) draft.records += pax_record("GNU.sparse.map", map);
  if (form == 2) draft.entry.data = padded(cat(pieces.size(), "\n", map)) + draft.entry.data;
}

// GNU's own, and the three forms that it has in pax headers.
void RandomTar::add_sparse(Draft& draft) {
  std::vector<Piece> pieces;
  size_t end = 0;
  std::string data;
  for (size_t count = pick(5); count > 0; --count) {
    // GNU tar has each piece begin at a block.
    const size_t offset = end + pick(9000), size = count == 1 ? 1 + pick(1500) : 512 * (1 + pick(3));
    pieces.push_back({offset, size});
    data += std::string(size, static_cast<char>('A' + count));
    end = offset + size;
  }
  const size_t whole = end + pick(2) * pick(5000);
  if (pieces.empty() || pieces.back().offset + pieces.back().size < whole) pieces.push_back({whole, 0});
  draft.entry.data = data;
  if (dialect_ == Dialect::gnu) {
    if (pieces.size() > 4) return;  // more need a header of their own
    describe_pieces_as_gnu(draft, pieces, whole);
  } else {
    describe_pieces_in_pax(draft, pieces, whole);
  }
  if (finish(draft)) linkable_[draft.done.path] = draft.done;
}

void RandomTar::add_other(Draft& draft) {
  TarEntry& entry = draft.entry;
  entry.mode &= 07777;  // tarfile hands all of it to mknod(2)
  const size_t kind = pick(dialect_ == Dialect::v7 ? 2 : 4);
  if (kind == 0) {
    entry.type = '2';
    entry.mode = 0777;
    std::string directory;
    if (!made_.empty() && draft.named.find('/') == std::string::npos && one_in(2)) {
      auto made = made_.begin();
      std::advance(made, pick(made_.size()));
      directory = *made;
    }
    entry.link = !directory.empty() ? directory : one_in(2) ? "../elsewhere" : name();
    if (entry.link.size() > 95 && dialect_ == Dialect::v7) return;
    if (finish(draft) && !directory.empty()) links_[draft.named + "/"] = directory + "/";
    return;
  } else if (kind == 1) {
    if (linkable_.empty()) return;
    auto target = linkable_.begin();
    std::advance(target, pick(linkable_.size()));
    if (target->first == draft.done.path || target->first.size() > 95) return;
    entry.type = '1';
    entry.link = target->first;
    draft.done.differs = target->second.differs;
    draft.records.clear();
  } else if (kind == 2) {
    entry.type = '6';
  } else {
    entry.type = one_in(2) ? '3' : '4';
    entry.major = pick(300);
    entry.minor = pick(100'000);
    if (entry.type == '3' && one_in(3)) entry.major = entry.minor = 0;
    if (entry.type == '3' && entry.major == 0 && entry.minor == 0) {
      const size_t slash = draft.done.path.rfind('/');
      const bool has_parent = slash == std::string::npos || made_.contains(draft.done.path.substr(0, slash));
      if (taken_.contains(draft.done.path) || !has_parent) return;  // what was there would stay, and no parent be made
      draft.done.differs[Aspect::presence] = {"a character device 0:0 is overlayfs' mark of a removed name"};
    }
  }
  if (finish(draft) && !draft.done.differs.contains(Aspect::presence)) linkable_[draft.done.path] = draft.done;
}

std::string RandomTar::spelled(const std::string& path, bool directory) {
  std::string text = path;
  if (one_in(10)) text = "./" + text;
  if (directory && (dialect_ == Dialect::v7 || !one_in(3))) text += "/";
  return text;
}

std::string RandomTar::place(Draft& draft) {
  TarEntry& entry = draft.entry;
  TarBuilder before;
  entry.name = spelled(draft.named, draft.done.is_directory);
  const bool long_name = entry.name.size() > 100, long_link = entry.link.size() > 100;
  if (dialect_ == Dialect::gnu) {
    entry.magic = kGnuMagic;
    if (long_link) before.gnu_long(entry.link, 'K');
    if (long_name) before.gnu_long(entry.name);
  } else if (dialect_ == Dialect::pax) {
    const bool has_name = draft.records.find("GNU.sparse.name") != std::string::npos;
    if (!has_name && (long_name || one_in(8))) draft.records += pax_record("path", entry.name);
    if (long_link) draft.records += pax_record("linkpath", entry.link);
    if (one_in(20) && !draft.records.empty()) draft.records = pax_record("comment", "by chance") + draft.records;
    if (!draft.records.empty()) before.pax(draft.records);
  } else if (dialect_ == Dialect::v7) {
    entry.magic = std::string(8, '\0');
    if (entry.type == '0' || entry.type == '5') entry.type = '\0';
  }
  return before.unfinished();
}

void RandomTar::note_repetition(RandomEntry& done, const std::string& spelling) {
  const auto [known, is_new] = spellings_.try_emplace(done.path, spelling);
  if (is_new) return;
  done.differs.try_emplace(Aspect::xattrs,
                           Difference{"GNU tar forgets what a directory had when it is named again", true});
  if (known->second == spelling) return;
  for (const Aspect aspect : {Aspect::mode, Aspect::owner, Aspect::time}) {
    done.differs.try_emplace(aspect, Difference{"GNU tar takes a directory that is spelled in two ways for two", true});
  }
}

bool RandomTar::finish(Draft& draft) {
  TarEntry& entry = draft.entry;
  const std::string before = place(draft);
  const std::string spelling = entry.name.substr(0, entry.name.find_last_not_of('/') + 1);
  if (dialect_ == Dialect::ustar && entry.link.size() > 100) return false;
  if (dialect_ == Dialect::ustar && entry.name.size() > 100) {
    const size_t slash = entry.name.rfind('/', entry.name.size() - 2);
    if (slash == std::string::npos || slash > 155 || entry.name.size() - slash - 1 > 100) return false;
    entry.fields["prefix"] = entry.name.substr(0, slash);
    entry.name = entry.name.substr(slash + 1);
  }
  if (draft.done.is_directory) note_repetition(draft.done, spelling);
  draft.done.bytes = before + TarBuilder().add(entry).unfinished();
  entries_.push_back(draft.done);
  const std::string& path = draft.done.path;
  if (!draft.done.is_directory) taken_.insert(path);
  for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    made_.insert(path.substr(0, slash));
  }
  if (draft.done.is_directory) made_.insert(path);
  return true;
}

}  // namespace minidock::store

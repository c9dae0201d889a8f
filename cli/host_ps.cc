#include "cli/host_ps.h"

#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/file.h"

namespace minidock::cli {
namespace {

struct Pipe {
  Fd reader, writer;
};

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("make a pipe for ps");
  return {Fd(ends[0]), Fd(ends[1])};
}

// Both to their ends, as they come: who reads one first may wait for ever, if the program fills the other.
std::array<std::string, 2> read_both(const Fd& first, const Fd& second) {
  std::array<std::string, 2> texts;
  std::array<pollfd, 2> ends = {pollfd{first.get(), POLLIN, 0}, pollfd{second.get(), POLLIN, 0}};
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    if (::poll(ends.data(), ends.size(), -1) < 0 && errno != EINTR) throw_errno("read from ps");
    for (size_t i = 0; i < ends.size(); ++i) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      char buffer[8192];
      const size_t count = read_some(ends[i].fd, buffer, sizeof buffer);
      texts[i].append(buffer, count);
      if (count == 0) ends[i].fd = -1;
    }
  }
  return texts;
}

pid_t spawn_ps(const std::vector<std::string>& options, int output, int error) {
  std::vector<char*> arguments = {const_cast<char*>("ps")};
  for (const std::string& option : options) arguments.push_back(const_cast<char*>(option.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, error, STDERR_FILENO);
  pid_t child = -1;
  const int failure = posix_spawnp(&child, "ps", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) {
    errno = failure;
    throw_errno("cannot execute ps for its options; install procps, or leave the options out");
  }
  return child;
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> out;
  for (std::string& word : split(line, ' ')) {
    if (!word.empty()) out.push_back(std::move(word));
  }
  return out;
}

// The words beyond the last column belong to it.
std::vector<std::string> row_of(const std::string& line, size_t columns) {
  std::vector<std::string> words = words_of(line);
  if (words.size() <= columns) return words;
  const std::vector<std::string> tail(words.begin() + static_cast<ptrdiff_t>(columns) - 1, words.end());
  words.resize(columns);
  words.back() = join(tail, " ");
  return words;
}

}  // namespace

std::string run_host_ps(const std::vector<std::string>& options) {
  Pipe output = make_pipe(), error = make_pipe();
  const pid_t child = spawn_ps(options, output.writer.get(), error.writer.get());
  output.writer.reset();
  error.writer.reset();
  std::array<std::string, 2> texts = read_both(output.reader, error.reader);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    const std::string said = printable(trim(split(texts[1], '\n').front()));
    throw_error(ErrorKind::invalid, "error running ps: ",
                said.empty() ? cat("exit status ", WIFEXITED(status) ? WEXITSTATUS(status) : 128) : said);
  }
  return std::move(texts[0]);
}

std::vector<std::vector<std::string>> select_ps_rows(const std::string& text, const std::vector<pid_t>& processes) {
  std::vector<std::string> lines = split(text, '\n');
  const std::vector<std::string> titles = words_of(lines.front());
  const auto pid_title = std::find(titles.begin(), titles.end(), "PID");
  if (pid_title == titles.end()) throw_error(ErrorKind::invalid, "Couldn't find PID field in ps output");
  const size_t column = static_cast<size_t>(pid_title - titles.begin());
  std::vector<std::vector<std::string>> rows = {titles};
  for (size_t i = 1; i < lines.size(); ++i) {
    std::vector<std::string> row = row_of(lines[i], titles.size());
    if (row.size() <= column) continue;
    const auto pid = parse_int(row[column]);
    if (!pid || std::find(processes.begin(), processes.end(), *pid) == processes.end()) continue;
    for (std::string& cell : row) cell = printable(cell);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace minidock::cli

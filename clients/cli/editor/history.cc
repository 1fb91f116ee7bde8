#include "clients/cli/editor/history.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "clients/cpp/connection.h"

namespace sightline::cli {
namespace {

constexpr std::string_view kLibeditHeading = "_HiStOrY_V2_";

bool WriteAll(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(file, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Replaces the file by these entries, all at once.
void Rewrite(const std::string& path, const std::vector<std::string>& entries) {
  const std::string beside = path + ".new";
  const int file = open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return;
  fchmod(file, 0600);
  std::string text;
  for (const std::string& entry : entries) text += EncodeEntry(entry) + "\n";
  const bool is_written = WriteAll(file, text);
  close(file);
  if (!is_written || std::rename(beside.c_str(), path.c_str()) != 0) unlink(beside.c_str());
}

}  // namespace

std::string EncodeEntry(std::string_view entry) {
  std::string line;
  for (const char c : entry) {
    if (c == '\\') {
      line += "\\\\";
    } else if (c == '\n') {
      line += "\\n";
    } else {
      line += c;
    }
  }
  return line;
}

std::string DecodeEntry(std::string_view line) {
  std::string entry;
  const auto is_octal = [&](size_t at) {
    return at < line.size() && line[at] >= '0' && line[at] <= '7';
  };
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\' || i + 1 == line.size()) {
      entry += line[i];
    } else if (is_octal(i + 1) && is_octal(i + 2) && is_octal(i + 3)) {
      // libedit's way to write spaces and others.
      entry += static_cast<char>((line[i + 1] - '0') * 64 + (line[i + 2] - '0') * 8 +
                                 (line[i + 3] - '0'));
      i += 3;
    } else {
      entry += line[++i] == 'n' ? '\n' : line[i];
    }
  }
  return entry;
}

History::History(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  std::ifstream file(path_, std::ios::binary);
  std::string line;
  bool is_old = false;
  while (std::getline(file, line)) {
    if (line == kLibeditHeading) {
      is_old = true;
      continue;
    }
    std::string entry = DecodeEntry(line);
    if (!entry.empty() && !client::FirstInvalidUtf8(entry)) entries_.push_back(std::move(entry));
  }
  const bool is_long = entries_.size() > 2 * kEntriesMax;
  if (entries_.size() > kEntriesMax) {
    entries_.erase(entries_.begin(), entries_.end() - static_cast<ptrdiff_t>(kEntriesMax));
  }
  if (is_old || is_long) Rewrite(path_, entries_);
}

void History::Add(std::string_view entry) {
  while (!entry.empty() && (entry.back() == '\n' || entry.back() == ' ')) entry.remove_suffix(1);
  if (entry.empty() || entry.front() == ' ') return;
  if (!entries_.empty() && entries_.back() == entry) return;
  entries_.emplace_back(entry);
  if (!is_kept()) return;
  const int file = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return;
  fchmod(file, 0600);
  // A long entry takes more than one write; nobody else's may come in between.
  flock(file, LOCK_EX);
  WriteAll(file, EncodeEntry(entry) + "\n");
  close(file);
}

size_t History::FindBefore(size_t from, std::string_view part) const {
  for (size_t i = std::min(from, entries_.size()); i-- > 0;) {
    const std::string& entry = entries_[i];
    const auto found = std::search(entry.begin(), entry.end(), part.begin(), part.end(),
                                   [](char a, char b) { return Lower(a) == Lower(b); });
    if (found != entry.end()) return i;
  }
  return entries_.size();
}

std::string HistoryFile() {
  std::filesystem::path folder;
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/') {
    folder = state;
  } else if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    folder = std::filesystem::path(home) / ".local" / "state";
  } else {
    return "";
  }
  folder /= "sightline";
  std::error_code failure;
  std::filesystem::create_directories(folder.parent_path(), failure);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return "";
  return (folder / "history").string();
}

}  // namespace sightline::cli

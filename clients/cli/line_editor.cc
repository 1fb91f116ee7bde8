#include "clients/cli/line_editor.h"

#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <filesystem>
#include <utility>

namespace sightline::cli {

constexpr int kHistoryLines = 5000;
constexpr char kEndOfInput = 4;  // Ctrl-D.

struct LineEditor::Editor {
  EditLine* line = nullptr;
  History* history = nullptr;
  std::string prompt;
  int wake_fd = -1;
  bool is_interrupted = false;
};

namespace {

// Waits for a key or a signal, whichever comes first. -1 ends el_gets.
template <typename Editor>
int ReadKey(EditLine* line, wchar_t* key) {
  Editor* editor = nullptr;
  el_get(line, EL_CLIENTDATA, &editor);
  std::mbstate_t state{};
  while (true) {
    pollfd events[] = {{STDIN_FILENO, POLLIN, 0}, {editor->wake_fd, POLLIN, 0}};
    if (poll(events, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return -1;
    }
    if (events[1].revents != 0) {
      editor->is_interrupted = true;
      return -1;
    }
    char byte = 0;
    const ssize_t count = read(STDIN_FILENO, &byte, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return static_cast<int>(count);
    if (byte == kEndOfInput || byte == '\0') {
      // A terminal that was still its own when the key came hands the end of input on as a zero
      // byte, and the editor would take it for text that no further key could end.
      const LineInfo* typed = el_line(line);
      if (typed->lastchar == typed->buffer) return 0;
      byte = kEndOfInput;
    }
    const size_t length = std::mbrtowc(key, &byte, 1, &state);
    if (length == static_cast<size_t>(-2)) continue;  // The key has more bytes.
    if (length == static_cast<size_t>(-1)) {
      state = std::mbstate_t{};
      continue;
    }
    if (length == 0) *key = L'\0';
    return 1;
  }
}

template <typename Editor>
char* Prompt(EditLine* line) {
  Editor* editor = nullptr;
  el_get(line, EL_CLIENTDATA, &editor);
  return editor->prompt.data();
}

}  // namespace

LineEditor::LineEditor(Interrupts* interrupts, std::string history_file)
    : interrupts_(interrupts), history_file_(std::move(history_file)), input_(interrupts) {
  if (isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1) return;
  // libedit decodes keys by the locale; without a UTF-8 one it would garble what is typed.
  std::setlocale(LC_CTYPE, "C.UTF-8");
  editor_ = std::make_unique<Editor>();
  editor_->wake_fd = interrupts_->wake_fd();
  editor_->line = el_init("sightline", stdin, stdout, stderr);
  el_set(editor_->line, EL_CLIENTDATA, editor_.get());
  el_set(editor_->line, EL_PROMPT, &Prompt<Editor>);
  el_set(editor_->line, EL_EDITOR, "emacs");
  el_set(editor_->line, EL_SIGNAL, 0);
  el_set(editor_->line, EL_GETCFN, &ReadKey<Editor>);
  el_set(editor_->line, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  editor_->history = history_init();
  HistEvent event;
  history(editor_->history, &event, H_SETSIZE, kHistoryLines);
  history(editor_->history, &event, H_SETUNIQUE, 1);
  el_set(editor_->line, EL_HIST, history, editor_->history);
  el_source(editor_->line, nullptr);
  if (!history_file_.empty()) {
    history(editor_->history, &event, H_LOAD, history_file_.c_str());
  }
}

LineEditor::~LineEditor() {
  if (editor_ == nullptr) return;
  if (!history_file_.empty()) {
    // Made beforehand, so that at no time others may read it.
    const int file = open(history_file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0) {
      fchmod(file, 0600);
      close(file);
      HistEvent event;
      history(editor_->history, &event, H_SAVE, history_file_.c_str());
    }
  }
  history_end(editor_->history);
  el_end(editor_->line);
}

LineEditor::Outcome LineEditor::Read(const std::string& prompt, std::string* line) {
  line->clear();
  if (editor_ == nullptr) {
    switch (input_.ReadLine(line)) {
      case StandardInput::Outcome::kRead:
        return Outcome::kLine;
      case StandardInput::Outcome::kInterrupted:
        return Outcome::kInterrupted;
      default:
        return Outcome::kEnd;
    }
  }
  editor_->prompt = prompt;
  editor_->is_interrupted = false;
  int length = 0;
  const char* read = el_gets(editor_->line, &length);
  if (editor_->is_interrupted) {
    el_reset(editor_->line);
    return Outcome::kInterrupted;
  }
  if (read == nullptr || length <= 0) return Outcome::kEnd;
  line->assign(read, static_cast<size_t>(length));
  while (!line->empty() && (line->back() == '\n' || line->back() == '\r')) line->pop_back();
  return Outcome::kLine;
}

void LineEditor::AddToHistory(const std::string& line) {
  if (editor_ == nullptr || line.find_first_not_of(" \t") == std::string::npos) return;
  HistEvent event;
  history(editor_->history, &event, H_ENTER, line.c_str());
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

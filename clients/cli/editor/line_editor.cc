#include "clients/cli/editor/line_editor.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "clients/cli/display_text.h"
#include "clients/cli/editor/terminal_mode.h"
#include "clients/cli/terminal.h"

namespace sightline::cli {
namespace {

using Kind = Key::Kind;

// Bytes of one sequence come at once, also over slow lines.
constexpr int kEscapeWaitMs = 50;
constexpr size_t kMenuRows = 8;
constexpr size_t kCandidateColumnsMax = 40;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool BeginsWith(std::string_view text, std::string_view beginning) {
  return text.size() >= beginning.size() &&
         std::equal(beginning.begin(), beginning.end(), text.begin(),
                    [](char a, char b) { return Lower(a) == Lower(b); });
}

}  // namespace

std::string CommonBeginning(const std::vector<Candidate>& candidates) {
  if (candidates.empty()) return "";
  std::string_view common = candidates[0].text;
  for (const Candidate& candidate : candidates) {
    size_t length = 0;
    while (length < common.size() && length < candidate.text.size() &&
           common[length] == candidate.text[length]) {
      ++length;
    }
    common = common.substr(0, length);
  }
  // Not into the middle of a character.
  const std::string& first = candidates[0].text;
  size_t length = common.size();
  while (length > 0 && length < first.size() && (first[length] & 0xC0) == 0x80) --length;
  return first.substr(0, length);
}

LineEditor::LineEditor(LineEditorOptions options, History* history, Interrupts* interrupts)
    : options_(std::move(options)), history_(history), interrupts_(interrupts) {}

void LineEditor::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

LineEditor::Outcome LineEditor::Read(std::string_view initial, std::string* text) {
  buffer_.Reset();
  if (!initial.empty()) buffer_.Insert(initial);
  history_position_ = history_->entries().size();
  menu_.reset();
  search_.reset();
  hint_.clear();
  painter_.Forget();
  columns_ = TerminalColumns().value_or(80);
  const TerminalMode mode(STDIN_FILENO, STDOUT_FILENO);
  Outcome outcome = Outcome::kText;
  // Keys that came together with the last Enter are this text's.
  std::vector<Key> ahead = std::exchange(ahead_, {});
  std::optional<Outcome> done;
  for (size_t i = 0; i < ahead.size() && !done; ++i) {
    done = Handle(ahead[i]);
    if (done) ahead_.assign(ahead.begin() + static_cast<ptrdiff_t>(i) + 1, ahead.end());
  }
  outcome = done ? *done : ReadKeys();
  Leave();
  *text = buffer_.text();
  return outcome;
}

LineEditor::Outcome LineEditor::ReadKeys() {
  while (true) {
    Show();
    pollfd events[] = {{STDIN_FILENO, POLLIN, 0},
                       {interrupts_->wake_fd(), POLLIN, 0},
                       {interrupts_->resize_fd(), POLLIN, 0}};
    const int ready = poll(events, 3, decoder_.is_waiting() ? kEscapeWaitMs : -1);
    if (ready < 0 && errno != EINTR) return Outcome::kEnd;
    if (events[1].revents != 0 && ready > 0) return Outcome::kSignal;
    if (events[2].revents != 0 && ready > 0) {
      signalfd_siginfo ignored;
      while (read(interrupts_->resize_fd(), &ignored, sizeof ignored) > 0) {
      }
      columns_ = TerminalColumns().value_or(80);
      Write(painter_.Erase(std::max<size_t>(columns_, 2)));
    }
    std::vector<Key> keys;
    if (ready == 0) {
      keys = decoder_.Flush();
    } else if (ready > 0 && events[0].revents != 0) {
      char bytes[4096];
      const ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
      if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (count <= 0) return Outcome::kEnd;
      keys = decoder_.Decode({bytes, static_cast<size_t>(count)});
    }
    for (size_t i = 0; i < keys.size(); ++i) {
      if (const std::optional<Outcome> outcome = Handle(keys[i])) {
        ahead_.assign(keys.begin() + static_cast<ptrdiff_t>(i) + 1, keys.end());
        return *outcome;
      }
    }
  }
}

std::optional<LineEditor::Outcome> LineEditor::Handle(const Key& key) {
  hint_.clear();
  if (menu_) {
    if (HandleInMenu(key)) return std::nullopt;
    menu_.reset();
  }
  if (search_) {
    if (HandleInSearch(key)) return std::nullopt;
    search_.reset();
  }
  return HandleEdit(key);
}

std::optional<LineEditor::Outcome> LineEditor::HandleEdit(const Key& key) {
  switch (key.kind) {
    case Kind::kText:
    case Kind::kPaste:
      buffer_.Insert(key.text);
      break;
    case Kind::kEnter:
      if (!options_.is_complete || options_.is_complete(buffer_.text())) return Outcome::kText;
      buffer_.Insert("\n");
      break;
    case Kind::kNewline:
      buffer_.Insert("\n");
      break;
    case Kind::kTab:
    case Kind::kBackTab:
      OpenMenu();
      break;
    case Kind::kLeft:
      buffer_.MoveLeft();
      break;
    case Kind::kRight:
      buffer_.MoveRight();
      break;
    case Kind::kUp:
      if (!buffer_.MoveUp()) GoTo(history_position_ - 1);
      break;
    case Kind::kDown:
      if (!buffer_.MoveDown()) GoTo(history_position_ + 1);
      break;
    case Kind::kHistoryBack:
      GoTo(history_position_ - 1);
      break;
    case Kind::kHistoryForward:
      GoTo(history_position_ + 1);
      break;
    case Kind::kWordLeft:
      buffer_.MoveWordLeft();
      break;
    case Kind::kWordRight:
      buffer_.MoveWordRight();
      break;
    case Kind::kLineStart:
      buffer_.MoveToLineStart();
      break;
    case Kind::kLineEnd:
      buffer_.MoveToLineEnd();
      break;
    case Kind::kTextStart:
      buffer_.MoveToTextStart();
      break;
    case Kind::kTextEnd:
      buffer_.MoveToTextEnd();
      break;
    case Kind::kDeleteBack:
      buffer_.DeleteBack();
      break;
    case Kind::kDeleteForward:
      buffer_.DeleteForward();
      break;
    case Kind::kDeleteWordBack:
      buffer_.DeleteWordBack();
      break;
    case Kind::kDeleteWordForward:
      buffer_.DeleteWordForward();
      break;
    case Kind::kKillToLineStart:
      buffer_.KillToLineStart();
      break;
    case Kind::kKillToLineEnd:
      buffer_.KillToLineEnd();
      break;
    case Kind::kYank:
      buffer_.Yank();
      break;
    case Kind::kTranspose:
      buffer_.Transpose();
      break;
    case Kind::kUndo:
      buffer_.Undo();
      break;
    case Kind::kSearch:
      search_ = Search{"", history_->entries().size(), buffer_.text(), buffer_.cursor()};
      break;
    case Kind::kClearScreen:
      Write("\x1b[H\x1b[2J");
      painter_.Forget();
      break;
    case Kind::kEscape:
      break;
    case Kind::kInterrupt:
      return Outcome::kCleared;
    case Kind::kEndOfInput:
      if (buffer_.text().empty()) return Outcome::kEnd;
      buffer_.DeleteForward();
      break;
    case Kind::kSuspend:
      Suspend();
      break;
  }
  return std::nullopt;
}

void LineEditor::GoTo(size_t position) {
  const size_t count = history_->entries().size();
  // Before the first one it wraps around to the greatest number.
  if (position > count || position == history_position_) return;
  if (history_position_ == count) draft_ = buffer_.text();
  history_position_ = position;
  buffer_.Set(position == count ? draft_ : history_->entries()[position]);
}

void LineEditor::OpenMenu() {
  if (!options_.complete) return;
  Completion completion = options_.complete(buffer_.text(), buffer_.cursor());
  if (completion.candidates.empty()) {
    hint_ = completion.message.empty() ? "nothing fits here" : completion.message;
    return;
  }
  if (completion.begin > completion.end || completion.end > buffer_.text().size()) return;
  const std::string typed =
      buffer_.text().substr(completion.begin, completion.end - completion.begin);
  if (completion.candidates.size() == 1 && !completion.is_incomplete) {
    buffer_.Replace(completion.begin, completion.end, completion.candidates[0].text);
    return;
  }
  const std::string common = CommonBeginning(completion.candidates);
  if (common.size() > typed.size() && BeginsWith(common, typed)) {
    buffer_.Replace(completion.begin, completion.end, common);
    completion.end = completion.begin + common.size();
  }
  const size_t shown_end = completion.end;
  menu_ = Menu{std::move(completion), std::nullopt, buffer_.text(), buffer_.cursor(), shown_end};
}

void LineEditor::Select(size_t candidate) {
  const std::string& text = menu_->completion.candidates[candidate].text;
  buffer_.Replace(menu_->completion.begin, menu_->shown_end, text);
  menu_->shown_end = menu_->completion.begin + text.size();
  menu_->selected = candidate;
}

bool LineEditor::HandleInMenu(const Key& key) {
  const size_t count = menu_->completion.candidates.size();
  const std::optional<size_t> selected = menu_->selected;
  switch (key.kind) {
    case Kind::kTab:
    case Kind::kDown:
      Select(selected ? (*selected + 1) % count : 0);
      return true;
    case Kind::kBackTab:
    case Kind::kUp:
      Select(selected && *selected > 0 ? *selected - 1 : count - 1);
      return true;
    case Kind::kEscape:
      if (selected) {
        buffer_.Set(menu_->text);
        buffer_.MoveTo(menu_->cursor);
      }
      menu_.reset();
      return true;
    case Kind::kEnter:
      // It takes the candidate; without one it is an ordinary Enter.
      if (!selected) return false;
      menu_.reset();
      return true;
    default:
      return false;
  }
}

void LineEditor::FindEntry(size_t from) {
  const size_t none = history_->entries().size();
  if (search_->part.empty()) {
    search_->found = none;
    return;
  }
  const size_t found = history_->FindBefore(from, search_->part);
  if (found == none) {
    hint_ = search_->found == none ? "not in the history" : "nothing older";
    return;
  }
  search_->found = found;
  const std::string& entry = history_->entries()[found];
  buffer_.Set(entry);
  const auto place =
      std::search(entry.begin(), entry.end(), search_->part.begin(), search_->part.end(),
                  [](char a, char b) { return Lower(a) == Lower(b); });
  buffer_.MoveTo(static_cast<size_t>(place - entry.begin()));
}

bool LineEditor::HandleInSearch(const Key& key) {
  const size_t count = history_->entries().size();
  switch (key.kind) {
    case Kind::kText:
      search_->part += key.text;
      FindEntry(search_->found == count ? count : search_->found + 1);
      return true;
    case Kind::kDeleteBack:
      while (!search_->part.empty()) {
        const char last = search_->part.back();
        search_->part.pop_back();
        if ((last & 0xC0) != 0x80) break;
      }
      FindEntry(count);
      return true;
    case Kind::kSearch:
    case Kind::kUp:
      FindEntry(search_->found == count ? count : search_->found);
      return true;
    case Kind::kEscape:
    case Kind::kInterrupt:
      buffer_.Set(search_->text_before);
      buffer_.MoveTo(search_->cursor_before);
      search_.reset();
      return true;
    case Kind::kEnter:
      // What was found is looked at before it is run.
      if (search_->found < count) history_position_ = search_->found;
      buffer_.MoveToTextEnd();
      search_.reset();
      return true;
    default:
      if (search_->found < count) history_position_ = search_->found;
      return false;
  }
}

void LineEditor::Suspend() {
  // The program that called this one gets the terminal as it was, and gives it back when it calls
  // this one again.
  Write(painter_.Finish());
  termios ours{};
  tcgetattr(STDIN_FILENO, &ours);
  termios plain = ours;
  plain.c_iflag |= ICRNL | IXON;
  plain.c_lflag |= ECHO | ICANON | IEXTEN | ISIG;
  Write("\x1b[?2004l");
  tcsetattr(STDIN_FILENO, TCSADRAIN, &plain);
  raise(SIGTSTP);
  tcsetattr(STDIN_FILENO, TCSADRAIN, &ours);
  Write("\x1b[?2004h");
  columns_ = TerminalColumns().value_or(80);
}

std::vector<Row> LineEditor::Below(size_t columns) const {
  std::vector<Row> rows;
  const auto dim = [&](const std::string& text) {
    const std::string cut = CutToWidth(text, columns);
    const size_t width = DisplayWidth(cut);
    rows.push_back({options_.is_colored ? "\x1b[2m" + cut + "\x1b[0m" : cut, width});
  };
  if (search_) dim("search back: " + OneLine(search_->part));
  if (!hint_.empty()) dim(OneLine(hint_));
  if (!menu_) return rows;
  const std::vector<Candidate>& candidates = menu_->completion.candidates;
  const size_t selected = menu_->selected.value_or(0);
  const size_t first = selected < kMenuRows ? 0 : selected - kMenuRows + 1;
  const size_t last = std::min(first + kMenuRows, candidates.size());
  size_t text_width = 0;
  for (size_t i = first; i < last; ++i) {
    text_width = std::max(text_width, DisplayWidth(OneLine(candidates[i].text)));
  }
  text_width = std::min({text_width, kCandidateColumnsMax, columns > 8 ? columns - 4 : columns});
  for (size_t i = first; i < last; ++i) {
    const bool is_selected = menu_->selected == i;
    std::string text = CutToWidth(OneLine(candidates[i].text), text_width);
    text.append(text_width - DisplayWidth(text), ' ');
    text = (is_selected ? "> " : "  ") + text;
    size_t width = DisplayWidth(text);
    std::string detail = OneLine(candidates[i].detail);
    if (!detail.empty() && width + 4 < columns) {
      detail = "  " + CutToWidth(detail, columns - width - 2);
    } else {
      detail.clear();
    }
    const size_t detail_width = DisplayWidth(detail);
    if (options_.is_colored) {
      text = is_selected ? "\x1b[1m" + text + "\x1b[0m" : text;
      if (!detail.empty()) detail = "\x1b[2m" + detail + "\x1b[0m";
    }
    rows.push_back({text + detail, width + detail_width});
  }
  const size_t rest = candidates.size() - last;
  if (rest > 0 || menu_->completion.is_incomplete) {
    dim(rest == 0 ? "  and more"
                  : fmt::format("  {} more{}", rest,
                                menu_->completion.is_incomplete ? ", at least" : ""));
  }
  return rows;
}

void LineEditor::Show() {
  const size_t columns = std::max<size_t>(columns_, 2);
  Scene scene;
  scene.prompt = options_.prompt;
  scene.continuation = options_.continuation;
  scene.prompt_style = options_.is_colored ? "1" : "";
  scene.text = buffer_.text();
  scene.cursor = buffer_.cursor();
  if (options_.is_colored && options_.highlight) scene.spans = options_.highlight(buffer_.text());
  scene.below = Below(columns);
  scene.columns = columns;
  scene.rows = std::max<size_t>(TerminalRows(), 1);
  Write(painter_.Paint(LayOut(scene)));
}

void LineEditor::Leave() {
  menu_.reset();
  search_.reset();
  hint_.clear();
  buffer_.MoveToTextEnd();
  Show();
  Write(painter_.Finish());
}

}  // namespace sightline::cli

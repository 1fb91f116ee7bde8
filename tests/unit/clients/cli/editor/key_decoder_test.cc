#include "clients/cli/editor/key_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sightline::cli {

void PrintTo(const Key& key, std::ostream* out) {
  *out << static_cast<int>(key.kind) << " '" << key.text << "'";
}

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = Key::Kind;

TEST(KeyDecoder, TextComesAtOnce) {
  KeyDecoder decoder;
  EXPECT_THAT(decoder.Decode("RETURN 海康"), ElementsAre(Key{Kind::kText, "RETURN 海康"}));
  EXPECT_FALSE(decoder.is_waiting());
}

TEST(KeyDecoder, ACharacterMayComeInParts) {
  KeyDecoder decoder;
  const std::string wide = "海";
  EXPECT_THAT(decoder.Decode(wide.substr(0, 1)), IsEmpty());
  EXPECT_TRUE(decoder.is_waiting());
  EXPECT_THAT(decoder.Decode(wide.substr(1)), ElementsAre(Key{Kind::kText, wide}));
}

TEST(KeyDecoder, HalfACharacterAndSilenceIsNothing) {
  KeyDecoder decoder;
  EXPECT_THAT(decoder.Decode("\xE6"), IsEmpty());
  EXPECT_THAT(decoder.Flush(), IsEmpty());
  EXPECT_THAT(decoder.Decode("a"), ElementsAre(Key{Kind::kText, "a"}));
}

TEST(KeyDecoder, ControlKeys) {
  KeyDecoder decoder;
  EXPECT_THAT(decoder.Decode("a\x01\x05\x7f\t\r\x12\x03"),
              ElementsAre(Key{Kind::kText, "a"}, Key{Kind::kLineStart, ""}, Key{Kind::kLineEnd, ""},
                          Key{Kind::kDeleteBack, ""}, Key{Kind::kTab, ""}, Key{Kind::kEnter, ""},
                          Key{Kind::kSearch, ""}, Key{Kind::kInterrupt, ""}));
}

TEST(KeyDecoder, SequencesOfXtermAndItsKin) {
  KeyDecoder decoder;
  EXPECT_THAT(
      decoder.Decode(
          "\x1b[A\x1bOB\x1b[1;5C\x1b[1;3D\x1b[H\x1bOF\x1b[3~\x1b[3;5~\x1b[Z\x1b\r\x1b[13;2u"),
      ElementsAre(Key{Kind::kUp, ""}, Key{Kind::kDown, ""}, Key{Kind::kWordRight, ""},
                  Key{Kind::kWordLeft, ""}, Key{Kind::kLineStart, ""}, Key{Kind::kLineEnd, ""},
                  Key{Kind::kDeleteForward, ""}, Key{Kind::kDeleteWordForward, ""},
                  Key{Kind::kBackTab, ""}, Key{Kind::kNewline, ""}, Key{Kind::kNewline, ""}));
}

TEST(KeyDecoder, ASequenceMayComeInParts) {
  KeyDecoder decoder;
  EXPECT_THAT(decoder.Decode("\x1b"), IsEmpty());
  EXPECT_THAT(decoder.Decode("[1;"), IsEmpty());
  EXPECT_THAT(decoder.Decode("5D"), ElementsAre(Key{Kind::kWordLeft, ""}));
}

TEST(KeyDecoder, EscapeAndSilenceIsTheKey) {
  KeyDecoder decoder;
  EXPECT_THAT(decoder.Decode("\x1b"), IsEmpty());
  EXPECT_TRUE(decoder.is_waiting());
  EXPECT_THAT(decoder.Flush(), ElementsAre(Key{Kind::kEscape, ""}));
  EXPECT_FALSE(decoder.is_waiting());
}

TEST(KeyDecoder, WhatMeansNothingGivesNoKey) {
  KeyDecoder decoder;
  // A function key, a report of the mouse, an Alt key, another control key.
  EXPECT_THAT(decoder.Decode("\x1b[15~\x1b[<0;1;1M\x1bx\x1d"),
              ElementsAre(Key{Kind::kEnter, ""}));  // M closes both a report and a keypad's Enter.
  EXPECT_FALSE(decoder.is_waiting());
}

TEST(KeyDecoder, APasteIsOneKeyWithLineEndsOfOneKind) {
  KeyDecoder decoder;
  EXPECT_THAT(decoder.Decode("\x1b[200~MATCH (a)\r\nRETURN\ta\r;\x03"), IsEmpty());
  // A paste takes as long as it takes.
  EXPECT_FALSE(decoder.is_waiting());
  EXPECT_THAT(decoder.Decode("\x1b[3\x1b[20"), IsEmpty());
  EXPECT_THAT(decoder.Decode("1~x"),
              ElementsAre(Key{Kind::kPaste, "MATCH (a)\nRETURN\ta\n;[3"}, Key{Kind::kText, "x"}));
}

TEST(KeyDecoder, GarbageNeitherHangsNorGrows) {
  KeyDecoder decoder;
  unsigned state = 7;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 1'103'515'245 + 12'345;
    const char byte = static_cast<char>(state >> 16);
    for (const Key& key : decoder.Decode({&byte, 1})) {
      for (const char c : key.text)
        EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t');
    }
    if (i % 100 == 0) decoder.Flush();
  }
}

}  // namespace
}  // namespace sightline::cli

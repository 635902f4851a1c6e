// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The JSON of weights files: what is JSON is read, what is not is refused.
#include "Files.h"
#include "nncc/Runtime/Core/Safetensors.h"

namespace nncc::test {
namespace {

struct Result {
  nncc_status status;
  std::string text; ///< the value of the metadata's first key, or the message
};

/// Reads a file of this header alone.
Result read(const std::string &header) {
  std::string bytes = little(header.size(), 8) + header;
  nncc_message message{};
  nncc_safetensors *file;
  Result result{nncc_safetensors_open_memory(bytes.data(), bytes.size(), &file, &message), ""};
  if (file && file->metadata_count)
    result.text = file->metadata[0].value;
  if (message.text)
    result.text = message.text;
  nncc_safetensors_close(file);
  nncc_message_free(&message);
  return result;
}

std::string inString(const std::string &text) { return R"({"__metadata__":{"k":")" + text + "\"}}"; }

TEST(SafetensorsHeader, StringsAreDecoded) {
  struct Case {
    const char *json, *text;
  } cases[] = {
      {"", ""},
      {R"(\"\\\/\b\f\n\r\t)", "\"\\/\b\f\n\r\t"},
      {R"(\u0041\u00e4\u20AC)", "A\u00e4\u20ac"},
      {R"(\ud83d\ude00x)", "\U0001f600x"},
      {"\u00e4\u20ac\U0001f600", "\u00e4\u20ac\U0001f600"},
      {"\x7f{[]},:", "\x7f{[]},:"},
  };
  for (const Case &c : cases) {
    Result result = read(inString(c.json));
    EXPECT_EQ(result.status, NNCC_OK) << c.json << ": " << result.text;
    EXPECT_EQ(result.text, c.text);
  }
}

TEST(SafetensorsHeader, StringsThatAreNone) {
  using namespace std::string_literals;
  for (const std::string &wrong :
       {"\x80"s, "\xc3"s, "\xc3("s, "\xc0\x80"s, "\xc1\xbf"s, "\xe0\x80\x80"s, "\xed\xa0\x80"s, "\xf0\x80\x80\x80"s, "\xf4\x90\x80\x80"s,
        "\xf5\x80\x80\x80"s, "\xff"s, "\xe2\x82"s, "\n"s, "\x1f"s, "\0"s, R"(\u0000)"s, R"(\ud83d)"s, R"(\ud83dx)"s, R"(\ud83d\n)"s,
        R"(\ud83d\u0041)"s, R"(\ude00)"s, R"(\ude00\ud83d)"s, R"(\x)"s, R"(\u12)"s, R"(\u12g4)"s, R"(\)"s, R"(\')"s})
    EXPECT_EQ(read(inString(wrong)).status, NNCC_ERROR_FORMAT) << wrong;
}

TEST(SafetensorsHeader, Grammar) {
  for (const char *right : {"{}", " \t\r\n{ }\n ", R"({"__metadata__":{}})", R"( { "__metadata__" : { "a" : "b" , "c" : "d" } } )"})
    EXPECT_EQ(read(right).status, NNCC_OK) << right << ": " << read(right).text;
  for (const char *wrong :
       {"", " ", "{", "}", "{}}", "{}{}", "{} x", "[]", "1", "\"a\"", "{,}", R"({"a"})", R"({"__metadata__"})", R"({"__metadata__":})",
        R"({"__metadata__":{},})", R"({"__metadata__" {}})", R"({"__metadata__"::{}})", R"({"__metadata__",{}})", R"({:"a"})",
        R"({"__metadata__":{"a":"b" "c":"d"}})", R"({"__metadata__":{"a":"b",,"c":"d"}})", R"({"__metadata__":{"a":"b":"c"}})",
        R"({"__metadata__":{"a" "b"}})", R"({"__metadata__":{"a":"b",}})", R"({"__metadata__":{a:"b"}})", R"({"__metadata__":{1:"b"}})",
        R"({"__metadata__":{"a":"b"]})", R"({"__metadata__":["a"}})", R"({"__metadata__":{{}:"b"}})", R"({"__metadata__":{"a":{}:1}})",
        R"({"__metadata__":{"a":"b")", "{\"__metadata__\":{}\v}", R"({'__metadata__':{}})", "{\"__metadata__\":{}} // so"})
    EXPECT_EQ(read(wrong).status, NNCC_ERROR_FORMAT) << wrong;
}

/// A tensor with an entry that is not looked at, apart from being JSON.
std::string withValue(const std::string &value) {
  return R"({"t":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"more":)" + value + "}}";
}

TEST(SafetensorsHeader, ValuesThatAreNotLookedAt) {
  for (const char *right : {"true", "false", "null", "0", "-0", "-1", "10", "1.5", "0.5e-3", "1E+10", "1e5", "[]", "[1,[2,{}]]", R"({"a":[{"a":1}]})",
                            "123456789012345678901234567890", R"("x")"})
    EXPECT_EQ(read(withValue(right)).status, NNCC_OK) << right << ": " << read(withValue(right)).text;
  for (const char *wrong : {"tru", "nul", "truex", "fals", "nan", "inf", "+1", "01", "-", "1.", ".5", "1e", "1e+", "0x1", "1 2", "[1 2]", "[1,]",
                            "[,1]", "[1:2]", R"({"a":1,"a":2})", R"({"a":1,"\u0061":2})", "--1", "1-2", R"(["a":"b"])", "[1,2"})
    EXPECT_EQ(read(withValue(wrong)).status, NNCC_ERROR_FORMAT) << wrong;
}

TEST(SafetensorsHeader, NumbersAreExtentsOnlyIfTheyAreWhole) {
  for (const char *wrong : {"1.0", "1e0", "-1", "-0", "9223372036854775808", "18446744073709551616", "\"1\"", "null", "[1]"}) {
    Result result = read(std::string(R"({"t":{"dtype":"F32","shape":[0,)") + wrong + R"(],"data_offsets":[0,0]}})");
    EXPECT_EQ(result.status, NNCC_ERROR_FORMAT);
    EXPECT_NE(result.text.find("tensor 't' has a shape that is not made of non-negative integers"), std::string::npos) << result.text;
  }
  for (const char *wrong : {"[0,0.0]", "[0,9223372036854775808]", "[\"0\",0]", "[-1,0]"}) {
    Result result = read(std::string(R"({"t":{"dtype":"F32","shape":[0],"data_offsets":)") + wrong + "}}");
    EXPECT_NE(result.text.find("has data_offsets outside the file"), std::string::npos) << result.text;
  }
}

TEST(SafetensorsHeader, KeysDiffer) {
  EXPECT_NE(read(R"({"__metadata__":{"a":"1","\u0061":"2"}})").text.find("duplicate"), std::string::npos);
  EXPECT_NE(read(R"({"__metadata__":{},"__metadata__":{}})").text.find("duplicate"), std::string::npos);
  // More keys than are compared without memory.
  std::string many = "{\"__metadata__\":{";
  for (int i = 0; i < 1000; ++i)
    many += "\"k" + std::to_string(i) + "\":\"v\",";
  EXPECT_EQ(read(many + "\"k\":\"\"}}").status, NNCC_OK);
  EXPECT_NE(read(many + "\"k500\":\"\"}}").text.find("duplicate"), std::string::npos);
}

// Neither the stack nor the time may grow with what a file asks for.
TEST(SafetensorsHeader, DepthIsBounded) {
  auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(read(withValue(nested(20))).status, NNCC_OK);
  EXPECT_EQ(read(withValue(nested(40))).status, NNCC_ERROR_FORMAT);
  EXPECT_EQ(read(withValue(nested(2000000))).status, NNCC_ERROR_FORMAT);
  EXPECT_EQ(read(withValue(std::string(2000000, '['))).status, NNCC_ERROR_FORMAT);
  std::string wide = "[";
  for (int i = 0; i < 300000; ++i)
    wide += "[],";
  EXPECT_EQ(read(withValue(wide + "0]")).status, NNCC_OK);
  std::string brackets = R"(["[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[","\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["])";
  EXPECT_EQ(read(withValue(brackets)).status, NNCC_OK); // within strings they are none
}

TEST(SafetensorsHeader, NamesAreWrittenAsTheyAre) {
  const int64_t extents[] = {1};
  const float value = 2;
  const nncc_saved_tensor tensors[] = {{"b\"\\\t\x01/\u00e4", 1, extents, 1, &value}, {"a\xff", 0, nullptr, 1, &value}};
  const nncc_metadata metadata{"k", "v"};
  const nncc_saved_file saved{tensors, 2, &metadata, 1};
  char bytes[1000];
  size_t size = 0;
  ASSERT_EQ(nncc_safetensors_write_memory(&saved, bytes, sizeof bytes, &size, nullptr), NNCC_OK);
  EXPECT_EQ(std::string(bytes + 8, size - 8 - 8),
            std::string(R"({"__metadata__":{"k":"v"},"a\ufffd":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
                        R"("b\"\\\u0009\u0001/)" "\u00e4" R"(":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})") + "    ");
  nncc_safetensors *file;
  ASSERT_EQ(nncc_safetensors_open_memory(bytes, size, &file, nullptr), NNCC_OK);
  EXPECT_NE(nncc_safetensors_find(file, tensors[0].name), nullptr);
  EXPECT_NE(nncc_safetensors_find(file, "a\ufffd"), nullptr);
  nncc_safetensors_close(file);
}

} // namespace
} // namespace nncc::test

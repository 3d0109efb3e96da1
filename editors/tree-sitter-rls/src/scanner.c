// What a token is where what follows tells: whether a statement ends with its line, whether a name at the start of a
// statement is a command, and whether a point behind digits is theirs (docs/language.md, sections 2 and 6). It keeps
// no state.

#include "tree_sitter/parser.h"
#include <string.h>

enum Token { NEWLINE, COMMAND, DIGITS_AND_POINT, IN_ERROR };

#define LONGEST 16

static bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }
static bool is_name_start(int32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}
static bool is_blank(int32_t c) { return c == ' ' || c == '\t' || c == '\r'; }

// Reads a name; what does not fit into `word` is cut, and is none of the words that matter.
static void read_name(TSLexer *lexer, char word[LONGEST]) {
  unsigned length = 0;
  while (is_name_start(lexer->lookahead) || is_digit(lexer->lookahead)) {
    if (length < LONGEST - 1) word[length++] = lexer->lookahead < 0x80 ? (char)lexer->lookahead : '?';
    lexer->advance(lexer, false);
  }
  word[length] = 0;
}

static bool is_among(const char *word, const char *const *words) {
  for (; *words; words++) {
    if (strcmp(word, *words) == 0) return true;
  }
  return false;
}

// The line's end that the lexer stands at ends a statement, unless the next line goes on with it.
static bool scan_newline(TSLexer *lexer) {
  lexer->advance(lexer, true);
  lexer->mark_end(lexer);
  while (is_blank(lexer->lookahead) || lexer->lookahead == '\n' || lexer->lookahead == '#') {
    if (lexer->lookahead == '#') {
      while (!lexer->eof(lexer) && lexer->lookahead != '\n') lexer->advance(lexer, false);
    } else {
      lexer->advance(lexer, false);
    }
  }
  if (lexer->lookahead == '|' || lexer->lookahead == ',') return false;
  if (lexer->lookahead == '.') {
    lexer->advance(lexer, false);
    return !is_name_start(lexer->lookahead);
  }
  if (lexer->lookahead == 'e') {
    char word[LONGEST];
    read_name(lexer, word);
    return strcmp(word, "else") != 0;
  }
  return true;
}

// A name is a command when an expression, or nothing, follows it.
static bool scan_command(TSLexer *lexer) {
  static const char *const commands[] = {
    "append", "apropos", "compare", "drop", "error", "exit", "help", "inspect", "keep", "load", "panels", "plot",
    "plot_experts", "print", "save", "set", "show", "track", NULL,
  };
  static const char *const no_start[] = {
    "and", "or", "in", "else", "for", "while", "break", "continue", "return", "catch", "expect", "include", "import",
    NULL,
  };
  char word[LONGEST];
  read_name(lexer, word);
  if (!is_among(word, commands)) return false;
  lexer->mark_end(lexer);
  bool is_apart = is_blank(lexer->lookahead);
  while (is_blank(lexer->lookahead)) lexer->advance(lexer, false);
  int32_t next = lexer->lookahead;
  if (is_name_start(next)) {
    read_name(lexer, word);
    return !is_among(word, no_start);
  }
  switch (next) {
    case 0: case '\n': case '#': case ';': case '}': case '"': return true;
    case '(': case '[': case '{': return is_apart;
    case '-':
      lexer->advance(lexer, false);
      return is_apart && !is_blank(lexer->lookahead) && lexer->lookahead != '\n';
    case '.':
      lexer->advance(lexer, false);
      return is_digit(lexer->lookahead);
    default: return is_digit(next);
  }
}

// `1.`, but neither `1..2` nor `1.5`, which are the grammar's.
static bool scan_digits_and_point(TSLexer *lexer) {
  while (is_digit(lexer->lookahead) || lexer->lookahead == '_') lexer->advance(lexer, false);
  if (lexer->lookahead != '.') return false;
  lexer->advance(lexer, false);
  lexer->mark_end(lexer);
  return lexer->lookahead != '.' && !is_digit(lexer->lookahead) && !is_name_start(lexer->lookahead);
}

bool tree_sitter_rls_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
  (void)payload;
  if (valid[IN_ERROR]) return false;
  while (is_blank(lexer->lookahead) || (lexer->lookahead == '\n' && !valid[NEWLINE])) lexer->advance(lexer, true);
  if (lexer->lookahead == '\n') {
    lexer->result_symbol = NEWLINE;
    return scan_newline(lexer);
  }
  if (valid[DIGITS_AND_POINT] && is_digit(lexer->lookahead)) {
    lexer->result_symbol = DIGITS_AND_POINT;
    return scan_digits_and_point(lexer);
  }
  if (!valid[COMMAND] || !is_name_start(lexer->lookahead)) return false;
  lexer->result_symbol = COMMAND;
  return scan_command(lexer);
}

void *tree_sitter_rls_external_scanner_create(void) { return NULL; }
void tree_sitter_rls_external_scanner_destroy(void *payload) { (void)payload; }
unsigned tree_sitter_rls_external_scanner_serialize(void *payload, char *buffer) {
  (void)payload;
  (void)buffer;
  return 0;
}
void tree_sitter_rls_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  (void)payload;
  (void)buffer;
  (void)length;
}

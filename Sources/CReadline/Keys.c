// The commands that the editor adds to readline's. Each has a name for `.inputrc`, which is read later and wins.
#include "Editor.h"
#include <poll.h>

static const int indentation = 4;

static int lineStart(int at) {
  while (at > 0 && rl_line_buffer[at - 1] != '\n') at--;
  return at;
}

static int lineEnd(int at) {
  while (at < rl_end && rl_line_buffer[at] != '\n') at++;
  return at;
}

// Whether nothing but white space stands between the start of the line and the cursor.
static int isAtIndentation(void) {
  for (int i = rl_point; i-- > 0 && rl_line_buffer[i] != '\n';) {
    if (rl_line_buffer[i] != ' ' && rl_line_buffer[i] != '\t') return 0;
  }
  return 1;
}

static int moreIsTyped(void) {
  struct pollfd source = {.fd = STDIN_FILENO, .events = POLLIN};
  return poll(&source, 1, 0) > 0;
}

// MARK: Lines of a block

static int openLine(int32_t spaces) {
  rl_begin_undo_group();
  rl_insert_text("\n");
  while (spaces-- > 0) rl_insert_text(" ");
  return rl_end_undo_group();
}

// Enter continues an input that needs more and runs one that is whole.
static int enter(int count, int key) {
  int32_t spaces = editor.owner.enter(editor.owner.context, rl_line_buffer, rl_point);
  if (spaces < 0) {
    drawInput(CRLDrawingFinal);
    return rl_newline(count, key);
  }
  // Lines that arrive without a pause are pasted, and indented already.
  return openLine(moreIsTyped() ? 0 : spaces);
}

static int newLine(int count, int key) {
  (void)count, (void)key;
  int start = lineStart(rl_point), spaces = (int)strspn(rl_line_buffer + start, " ");
  return openLine(spaces < rl_point - start ? spaces : rl_point - start);
}

// A closing bracket that begins its line stands one level further out.
static int closeBracket(int count, int key) {
  int column = rl_point - lineStart(rl_point);
  if (column == 0 || !isAtIndentation() || moreIsTyped()) return rl_insert(count, key);
  rl_begin_undo_group();
  rl_delete_text(rl_point - (column < indentation ? column : indentation), rl_point);
  rl_point -= column < indentation ? column : indentation;
  rl_insert(count, key);
  return rl_end_undo_group();
}

// Backspace takes a level of indentation away where there is nothing else before the cursor.
static int rubOut(int count, int key) {
  int column = rl_point - lineStart(rl_point);
  if (count != 1 || column < 2 || !isAtIndentation()) return rl_rubout(count, key);
  return rl_rubout((column - 1) % indentation + 1, key);
}

// MARK: Up and down

static int columnAt(int at) {
  int column = 0;
  for (int i = lineStart(at); i < at; i++) column += ((unsigned char)rl_line_buffer[i] & 0xC0) != 0x80;
  return column;
}

static int atColumn(int start, int column) {
  int at = start;
  while (at < rl_end && rl_line_buffer[at] != '\n' && column > 0) {
    do at++;
    while (at < rl_end && ((unsigned char)rl_line_buffer[at] & 0xC0) == 0x80);
    column--;
  }
  return at;
}

// Keys in a row keep to the column of the first.
static int wantedColumn;

static int up(int count, int key);

static int down(int count, int key) {
  if (rl_last_func != up && rl_last_func != down) wantedColumn = columnAt(rl_point);
  int end = lineEnd(rl_point);
  if (end < rl_end) {
    rl_point = atColumn(end + 1, wantedColumn);
    return 0;
  }
  int before = where_history();
  int result = rl_get_next_history(count, key);
  if (where_history() == before) return result;
  rl_point = lineEnd(0);
  wantedColumn = columnAt(rl_point);
  return result;
}

static int up(int count, int key) {
  if (rl_last_func != up && rl_last_func != down) wantedColumn = columnAt(rl_point);
  int start = lineStart(rl_point);
  if (start > 0) {
    rl_point = atColumn(lineStart(start - 1), wantedColumn);
    return 0;
  }
  int result = rl_get_previous_history(count, key);
  wantedColumn = columnAt(rl_point);
  return result;
}

// Home and End stay on their line; at its edge they go on to the edge of the block.
static int lineHome(int count, int key) {
  int start = lineStart(rl_point);
  if (start == rl_point) return rl_beg_of_line(count, key);
  rl_point = start;
  return 0;
}

// MARK: Suggestions

static int insertSuggestion(int32_t word) {
  if (rl_point != rl_end || rl_end == 0) return 0;
  char *rest = editor.owner.suggest(editor.owner.context, rl_line_buffer, word);
  if (rest == NULL) return 0;
  rl_insert_text(rest);
  free(rest);
  return 1;
}

static int right(int count, int key) {
  return count == 1 && insertSuggestion(0) ? 0 : rl_forward_char(count, key);
}

static int rightWord(int count, int key) {
  return count == 1 && insertSuggestion(1) ? 0 : rl_forward_word(count, key);
}

static int lineEndKey(int count, int key) {
  int end = lineEnd(rl_point);
  if (end != rl_point) {
    rl_point = end;
    return 0;
  }
  if (rl_point == rl_end) return insertSuggestion(0) ? 0 : rl_end_of_line(count, key);
  return rl_end_of_line(count, key);
}

// MARK: Others

// Tab indents where there is nothing to complete, and completes elsewhere.
static int tab(int count, int key) {
  if (isAtIndentation()) return rl_insert_text("    ") >= 0 ? 0 : 1;
  // Readline lists the candidates when the same function runs twice in a row.
  if (rl_last_func == tab) rl_last_func = rl_complete;
  return rl_complete(count, key);
}

static int editElsewhere(int count, int key) {
  (void)count, (void)key;
  drawInput(CRLDrawingFinal);
  crl_lend_terminal(1);
  char *text = editor.owner.edit(editor.owner.context, rl_line_buffer);
  crl_lend_terminal(0);
  if (text != NULL) {
    rl_begin_undo_group();
    rl_delete_text(0, rl_end);
    rl_point = 0;
    rl_insert_text(text);
    rl_end_undo_group();
    free(text);
  }
  editor.isFresh = 1;
  return 0;
}

// MARK: Bindings

typedef struct {
  const char *keys;
  rl_command_func_t *function;
  int inVi;
} Binding;

static void bind(const Binding *bindings, size_t count) {
  for (size_t i = 0; i < count; i++) {
    rl_bind_keyseq_in_map(bindings[i].keys, bindings[i].function, emacs_standard_keymap);
    if (bindings[i].inVi) rl_bind_keyseq_in_map(bindings[i].keys, bindings[i].function, vi_insertion_keymap);
  }
}

void bindKeys(void) {
  static const Binding everywhere[] = {
    {"\t", tab, 1},
    {"\033[5~", rl_history_search_backward, 1}, {"\033[6~", rl_history_search_forward, 1},
    {"\033p", rl_history_search_backward, 0},   {"\033n", rl_history_search_forward, 0},
  };
  rl_add_defun("rls-complete", tab, -1);
  bind(everywhere, sizeof everywhere / sizeof *everywhere);
  if (editor.owner.enter == NULL) return;

  static const Binding inBlocks[] = {
    {"\r", enter, 1},          {"\n", enter, 1},           {"\033\r", newLine, 0},     {"\033\n", newLine, 0},
    {"\033[A", up, 1},         {"\033OA", up, 1},          {"\033[B", down, 1},        {"\033OB", down, 1},
    {"\033[C", right, 1},      {"\033OC", right, 1},       {"\006", right, 0},         {"\033f", rightWord, 0},
    {"\033[1;3C", rightWord, 1}, {"\033\033[C", rightWord, 0}, {"\033[1;3D", rl_backward_word, 1},
    {"\033[1;5C", rightWord, 1}, {"\033[1;5D", rl_backward_word, 1},
    {"\033[H", lineHome, 1},   {"\033OH", lineHome, 1},    {"\033[1~", lineHome, 1},   {"\001", lineHome, 0},
    {"\033[F", lineEndKey, 1}, {"\033OF", lineEndKey, 1},  {"\033[4~", lineEndKey, 1}, {"\005", lineEndKey, 0},
    {"}", closeBracket, 1},    {")", closeBracket, 1},     {"]", closeBracket, 1},
    {"\177", rubOut, 0},       {"\b", rubOut, 0},          {"\030\005", editElsewhere, 0},
  };
  bind(inBlocks, sizeof inBlocks / sizeof *inBlocks);
  rl_bind_keyseq_in_map("\r", enter, vi_movement_keymap);
  rl_bind_keyseq_in_map("\n", enter, vi_movement_keymap);
  rl_bind_keyseq_in_map("v", editElsewhere, vi_movement_keymap);
  rl_add_defun("rls-enter", enter, -1);
  rl_add_defun("rls-new-line", newLine, -1);
  rl_add_defun("rls-up", up, -1);
  rl_add_defun("rls-down", down, -1);
  rl_add_defun("rls-right", right, -1);
  rl_add_defun("rls-right-word", rightWord, -1);
  rl_add_defun("rls-home", lineHome, -1);
  rl_add_defun("rls-end", lineEndKey, -1);
  rl_add_defun("rls-close-bracket", closeBracket, -1);
  rl_add_defun("rls-rub-out", rubOut, -1);
  rl_add_defun("rls-edit", editElsewhere, -1);
}

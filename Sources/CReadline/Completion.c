// Readline's completion, which asks the editor's owner.
#include "Editor.h"

static size_t sharedPrefix(const char *a, const char *b) {
  size_t n = 0;
  while (a[n] != '\0' && a[n] == b[n]) n++;
  while (n > 0 && ((unsigned char)a[n] & 0xC0) == 0x80) n--;
  return n;
}

// `candidate` replaces what stands from `from` on; readline wants what replaces `start` on.
static char *fit(const char *candidate, int32_t from, int32_t start) {
  if (from <= start) {
    size_t skipped = (size_t)(start - from);
    if (strncmp(candidate, rl_line_buffer + from, skipped) != 0 || strlen(candidate) < skipped) return NULL;
    return strdup(candidate + skipped);
  }
  size_t kept = (size_t)(from - start), length = strlen(candidate);
  char *joined = malloc(kept + length + 1);
  if (joined == NULL) return NULL;
  memcpy(joined, rl_line_buffer + start, kept);
  memcpy(joined + kept, candidate, length + 1);
  return joined;
}

char **complete(const char *text, int start, int end) {
  // Readline sets these anew before each completion.
  rl_attempted_completion_over = 1;
  rl_completion_append_character = '\0';
  if (editor.owner.complete == NULL) return NULL;
  int32_t from = start;
  char **found = editor.owner.complete(editor.owner.context, rl_line_buffer, end, start, &from);
  if (found == NULL) return NULL;
  if (from < 0 || from > end) from = start;

  size_t count = 0, kept = 0;
  while (found[count] != NULL) count++;
  char **matches = calloc(count + 2, sizeof *matches);
  for (size_t i = 0; i < count; i++) {
    char *match = matches == NULL ? NULL : fit(found[i], from, start);
    if (match != NULL) matches[++kept] = match;
    free(found[i]);
  }
  free(found);
  if (matches == NULL) return NULL;
  if (kept == 0) {
    free(matches);
    return NULL;
  }
  size_t shared = strlen(matches[1]);
  for (size_t i = 2; i <= kept; i++) {
    size_t n = sharedPrefix(matches[1], matches[i]);
    if (n < shared) shared = n;
  }
  matches[0] = shared < strlen(text) ? strdup(text) : strndup(matches[1], shared);
  if (kept == 1) {
    free(matches[1]);
    matches[1] = NULL;
  }
  return matches;
}

void listMatches(char **matches, int count, int longest) {
  (void)matches, (void)count, (void)longest;
  editor.owner.list(editor.owner.context);
}

// The editor: readline's callback interface, a prompt at a time.
#include "Editor.h"
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <wchar.h>

enum { historyLength = 5000, narrowest = 8 };

// Whatever separates words of the language; a path in a string is completed part by part.
static const char wordBreaks[] = " \t\n\"\\'`@$><=;|&{}()[],+-*/^%!?:.~#";

struct Editor editor = {.wake = {-1, -1}};

// MARK: Drawing

void drawInput(CRLDrawing drawing) {
  fflush(rl_outstream);
  int hasMessage = rl_display_prompt != NULL && rl_prompt != NULL && strcmp(rl_display_prompt, rl_prompt) != 0;
  if (editor.isFresh && drawing <= CRLDrawingFresh) drawing = CRLDrawingFresh;
  editor.isFresh = 0;
  editor.owner.draw(
    editor.owner.context, rl_line_buffer, rl_point, hasMessage ? rl_display_prompt : NULL, drawing);
}

static void redisplay(void) {
  // A command that draws by itself may have cleared the screen before.
  drawInput(RL_ISSTATE(RL_STATE_DISPATCHING) ? CRLDrawingAgain : CRLDrawingChange);
}

// Readline 8.2 divides by zero on terminals of 2 or 3 columns.
static void keepAwayFromNarrowScreens(void) {
  struct winsize size;
  if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_col >= narrowest) return;
  // Not while a line is edited: it would be emptied.
  if (editor.mode != modeEditing) rl_initialize();
  rl_set_screen_size(size.ws_row, narrowest);
}

// MARK: Lines

static void onLine(char *line) {
  // With bracketed paste on, readline itself ends the line at the end of input.
  const char *paste = rl_variable_value("enable-bracketed-paste");
  int pastes = paste != NULL && strcmp(paste, "on") == 0;
  rl_callback_handler_remove();
  setMode(modeSilent);
  editor.line = line;
  editor.delivered = line != NULL;
  editor.ended = line == NULL;
  if (line == NULL && !pastes) {
    fputc('\n', rl_outstream);
    fflush(rl_outstream);
  }
}

int32_t crl_start(volatile int32_t *flag, const CRLOwner *owner) {
  editor.owner = *owner;
  if (editor.started) {
    editor.interruptFlag = flag;
    return 0;
  }
  if (tcgetattr(STDIN_FILENO, &editor.normalMode) != 0) return errno;
  int error = catchPromptSignals();
  if (error != 0) return error;
  editor.started = 1;

  // Only character types: numbers keep their point whatever the locale.
  setlocale(LC_CTYPE, "");
  if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0 && getenv("LC_ALL") == NULL && getenv("LC_CTYPE") == NULL
      && getenv("LANG") == NULL) {
    setlocale(LC_CTYPE, "C.UTF-8");
  }

  rl_readline_name = "rls";
  rl_instream = stdin;
  rl_outstream = stdout;
  rl_catch_signals = 0;
  rl_catch_sigwinch = 0;
  rl_attempted_completion_function = complete;
  rl_completer_word_break_characters = wordBreaks;
  rl_basic_word_break_characters = wordBreaks;
  rl_completer_quote_characters = "";
  // Candidates in quotes end with theirs.
  rl_basic_quote_characters = "";
  rl_sort_completion_matches = 0;
  bindKeys();
  if (owner->enter != NULL) {
    rl_completion_display_matches_hook = listMatches;
    rl_variable_bind("show-all-if-ambiguous", "on");
    rl_initialize();
    // Not before: readline asks nothing of a terminal that somebody else draws on, not even how to clear it.
    rl_redisplay_function = redisplay;
  }

  using_history();
  stifle_history(historyLength);
  crl_catch_interrupts(flag, 0);
  atexit(crl_stop);
  return 0;
}

void crl_stop(void) {
  memset(&editor.owner, 0, sizeof editor.owner);
  if (editor.mode == modeEditing) rl_callback_handler_remove();
  setMode(modeNormal);
}

void crl_begin(const char *prompt) {
  drainWakeUps();
  forgetInterrupts();
  free(editor.line);
  editor.line = NULL;
  editor.delivered = editor.ended = 0;
  setMode(modeNormal);
  if (editor.resized) {
    editor.resized = 0;
    rl_reset_screen_size();
  }
  keepAwayFromNarrowScreens();
  editor.isFresh = 1;
  rl_callback_handler_install(prompt, onLine);
  const char *paste = rl_variable_value("enable-bracketed-paste");
  editor.bracketedPaste = paste != NULL && strcmp(paste, "on") == 0;
  tcgetattr(STDIN_FILENO, &editor.editingMode);
  editor.mode = modeEditing;
}

void crl_lend_terminal(int32_t lends) {
  if (editor.mode == modeEditing) {
    if (lends) rl_deprep_terminal();
    else rl_prep_terminal(1);
  } else if (editor.started) {
    setMode(lends ? modeNormal : modeSilent);
  }
}

static CRLOutcome dropLine(void) {
  forgetInterrupts();
  rl_callback_sigcleanup();
  rl_free_line_state();
  if (editor.owner.enter != NULL) {
    drawInput(CRLDrawingDropped);
  } else {
    rl_point = rl_end;
    rl_redisplay();
    rl_echo_signal_char(SIGINT);
  }
  editor.line = strdup(rl_line_buffer);
  rl_replace_line("", 0);
  if (editor.owner.enter == NULL) rl_crlf();
  rl_callback_handler_remove();
  setMode(modeSilent);
  fflush(rl_outstream);
  return CRLOutcomeInterrupted;
}

CRLOutcome crl_step(int32_t timeout_ms) {
  if (editor.mode != modeEditing) return CRLOutcomeEnd;
  if (editor.interrupted) return dropLine();
  struct pollfd sources[2] = {
    {.fd = STDIN_FILENO, .events = POLLIN}, {.fd = editor.wake[0], .events = POLLIN}};
  int ready = poll(sources, 2, timeout_ms);
  if (ready < 0 && errno != EINTR) {
    crl_stop();
    return CRLOutcomeEnd;
  }
  if (ready > 0 && sources[1].revents != 0) drainWakeUps();
  if (editor.interrupted) return dropLine();
  if (editor.resumed) {
    editor.resumed = 0;
    editor.isFresh = 1;
    rl_on_new_line();
    rl_forced_update_display();
  }
  if (editor.resized) {
    editor.resized = 0;
    rl_resize_terminal();
    keepAwayFromNarrowScreens();
  }
  if (ready > 0 && sources[0].revents != 0) rl_callback_read_char();
  if (editor.delivered) return CRLOutcomeLine;
  return editor.ended ? CRLOutcomeEnd : CRLOutcomePending;
}

char *crl_take_line(void) {
  char *line = editor.line;
  editor.line = NULL;
  editor.delivered = 0;
  return line;
}

void crl_history_add(const char *entry) {
  add_history(entry);
  using_history();
}

int32_t crl_width(uint32_t character) { return wcwidth((wchar_t)character); }

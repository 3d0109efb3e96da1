#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <readline/readline.h>
#include <readline/history.h>
#include "CReadline.h"

enum { historyLength = 5000 };

// Whatever separates words of the language; a path in a string is completed part by part.
static const char wordBreaks[] = " \t\n\"\\'`@$><=;|&{}()[],+-*/^%!?:.~#";
static const char pasteOff[] = "\033[?2004l";
static const char pasteOn[] = "\033[?2004h";

static struct {
  volatile int32_t *interruptFlag;
  int32_t exits;
  volatile sig_atomic_t presses, interrupted, resized, resumed, editing, bracketedPaste;
  int wake[2];
  int started;
  struct termios normalMode, editingMode;
  struct sigaction previous[NSIG];
  int ended, delivered;
  char *line;
  CRLCompleter completer;
  void *context;
} editor = {.wake = {-1, -1}};

static const int endings[] = {SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};

// MARK: Signals. Handlers use functions that are safe in a handler, and nothing else.

static void wakeUp(void) {
  if (editor.wake[1] >= 0) {
    ssize_t ignored = write(editor.wake[1], "!", 1);
    (void)ignored;
  }
}

static void leaveEditingMode(void) {
  tcsetattr(STDIN_FILENO, TCSANOW, &editor.normalMode);
  if (editor.bracketedPaste) {
    ssize_t ignored = write(STDOUT_FILENO, pasteOff, sizeof pasteOff - 1);
    (void)ignored;
  }
}

static void onInterrupt(int number) {
  int saved = errno;
  (void)number;
  volatile int32_t *flag = editor.interruptFlag;
  if (flag != NULL) {
    editor.presses = *flag ? editor.presses + 1 : 1;
    *flag = 1;
  }
  editor.interrupted = 1;
  if (editor.exits && editor.presses >= 3) _exit(130);
  wakeUp();
  errno = saved;
}

static void onResize(int number) {
  int saved = errno;
  (void)number;
  editor.resized = 1;
  wakeUp();
  errno = saved;
}

static void onEnding(int number) {
  int saved = errno;
  if (editor.editing) {
    editor.editing = 0;
    leaveEditingMode();
  }
  sigaction(number, &editor.previous[number], NULL);
  raise(number);
  errno = saved;
}

static void onStop(int number) {
  int saved = errno;
  if (editor.editing) leaveEditingMode();
  struct sigaction ours, standard;
  memset(&standard, 0, sizeof standard);
  standard.sa_handler = SIG_DFL;
  sigaction(number, &standard, &ours);
  sigset_t only, before;
  sigemptyset(&only);
  sigaddset(&only, number);
  raise(number);
  pthread_sigmask(SIG_UNBLOCK, &only, &before);
  // The process sleeps in the line above until it is continued.
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  sigaction(number, &ours, NULL);
  if (editor.editing) {
    tcsetattr(STDIN_FILENO, TCSANOW, &editor.editingMode);
    if (editor.bracketedPaste) {
      ssize_t ignored = write(STDOUT_FILENO, pasteOn, sizeof pasteOn - 1);
      (void)ignored;
    }
    editor.resumed = 1;
    wakeUp();
  }
  errno = saved;
}

// An ignored signal stays ignored: `nohup rls` means it.
static void catch(int number, void (*handler)(int), int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  struct sigaction *previous = &editor.previous[number];
  if (sigaction(number, NULL, previous) != 0) return;
  if (previous->sa_handler == SIG_IGN && number != SIGINT) return;
  sigaction(number, &action, NULL);
}

void crl_catch_interrupts(volatile int32_t *flag, int32_t exits) {
  editor.interruptFlag = flag;
  editor.exits = exits;
  catch(SIGINT, onInterrupt, 0);
  // A parent that waits for its children may have left the signal blocked.
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, SIGINT);
  pthread_sigmask(SIG_UNBLOCK, &only, NULL);
}

// MARK: Completion

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

static char **complete(const char *text, int start, int end) {
  // Readline sets both anew before each completion.
  rl_attempted_completion_over = 1;
  rl_completion_append_character = '\0';
  if (editor.completer == NULL) return NULL;
  int32_t from = start;
  char **found = editor.completer(editor.context, rl_line_buffer, end, start, end, &from);
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

// Tab indents where there is nothing to complete, and completes elsewhere.
static int tab(int count, int key) {
  int blank = 1;
  for (int i = rl_point; i-- > 0 && rl_line_buffer[i] != '\n';) {
    if (rl_line_buffer[i] != ' ' && rl_line_buffer[i] != '\t') blank = 0;
  }
  if (blank) return rl_insert_text("    ") >= 0 ? 0 : 1;
  // Readline lists the candidates when the same function runs twice in a row.
  if (rl_last_func == tab) rl_last_func = rl_complete;
  return rl_complete(count, key);
}

// MARK: Lines

static void onLine(char *line) {
  // With bracketed paste on, readline itself ends the line at the end of input.
  const char *paste = rl_variable_value("enable-bracketed-paste");
  int pastes = paste != NULL && strcmp(paste, "on") == 0;
  rl_callback_handler_remove();
  editor.editing = 0;
  editor.line = line;
  editor.delivered = line != NULL;
  editor.ended = line == NULL;
  if (line == NULL && !pastes) {
    fputc('\n', rl_outstream);
    fflush(rl_outstream);
  }
}

int32_t crl_start(volatile int32_t *flag, CRLCompleter completer, void *context) {
  editor.completer = completer;
  editor.context = context;
  if (editor.started) {
    editor.interruptFlag = flag;
    return 0;
  }
  if (pipe(editor.wake) != 0) return errno;
  for (int end = 0; end < 2; end++) {
    fcntl(editor.wake[end], F_SETFD, FD_CLOEXEC);
    fcntl(editor.wake[end], F_SETFL, O_NONBLOCK);
  }
  if (tcgetattr(STDIN_FILENO, &editor.normalMode) != 0) return errno;
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
  rl_sort_completion_matches = 0;

  // Bound before readline reads the user's inputrc, which therefore wins.
  rl_add_defun("rls-complete", tab, '\t');
  rl_bind_keyseq("\033[5~", rl_history_search_backward);
  rl_bind_keyseq("\033[6~", rl_history_search_forward);
  rl_bind_keyseq("\033p", rl_history_search_backward);
  rl_bind_keyseq("\033n", rl_history_search_forward);

  using_history();
  stifle_history(historyLength);

  crl_catch_interrupts(flag, 0);
  catch(SIGWINCH, onResize, SA_RESTART);
  catch(SIGTSTP, onStop, SA_RESTART);
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) catch(endings[i], onEnding, SA_ONSTACK);
  atexit(crl_stop);
  return 0;
}

void crl_stop(void) {
  editor.completer = NULL;
  editor.context = NULL;
  if (!editor.editing) return;
  rl_callback_handler_remove();
  editor.editing = 0;
}

void crl_begin(const char *prompt) {
  char drained[64];
  while (editor.wake[0] >= 0 && read(editor.wake[0], drained, sizeof drained) > 0) {}
  editor.interrupted = 0;
  editor.presses = 0;
  if (editor.interruptFlag != NULL) *editor.interruptFlag = 0;
  free(editor.line);
  editor.line = NULL;
  editor.delivered = editor.ended = 0;
  tcgetattr(STDIN_FILENO, &editor.normalMode);
  if (editor.resized) {
    editor.resized = 0;
    rl_reset_screen_size();
  }
  rl_callback_handler_install(prompt, onLine);
  const char *paste = rl_variable_value("enable-bracketed-paste");
  editor.bracketedPaste = paste != NULL && strcmp(paste, "on") == 0;
  tcgetattr(STDIN_FILENO, &editor.editingMode);
  editor.editing = 1;
}

static CRLOutcome dropLine(void) {
  editor.interrupted = 0;
  editor.presses = 0;
  if (editor.interruptFlag != NULL) *editor.interruptFlag = 0;
  rl_callback_sigcleanup();
  rl_point = rl_end;
  rl_redisplay();
  rl_echo_signal_char(SIGINT);
  rl_free_line_state();
  rl_replace_line("", 0);
  rl_crlf();
  rl_callback_handler_remove();
  editor.editing = 0;
  fflush(rl_outstream);
  return CRLOutcomeInterrupted;
}

CRLOutcome crl_step(int32_t timeout_ms) {
  if (!editor.editing) return CRLOutcomeEnd;
  if (editor.interrupted) return dropLine();
  struct pollfd sources[2] = {
    {.fd = STDIN_FILENO, .events = POLLIN}, {.fd = editor.wake[0], .events = POLLIN}};
  int ready = poll(sources, 2, timeout_ms);
  if (ready < 0 && errno != EINTR) {
    crl_stop();
    return CRLOutcomeEnd;
  }
  if (ready > 0 && sources[1].revents != 0) {
    char drained[64];
    while (read(editor.wake[0], drained, sizeof drained) > 0) {}
  }
  if (editor.interrupted) return dropLine();
  if (editor.resumed) {
    editor.resumed = 0;
    rl_on_new_line();
    rl_forced_update_display();
  }
  if (editor.resized) {
    editor.resized = 0;
    rl_resize_terminal();
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

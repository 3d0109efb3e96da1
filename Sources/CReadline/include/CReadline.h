/// GNU readline behind functions and one struct's worth of state, none of it visible to Swift.
///
/// There is one line editor a process. All functions but the signal handlers they install belong to the
/// thread that calls `crl_start`.
#ifndef RLS_CREADLINE_H
#define RLS_CREADLINE_H

#include <stdint.h>

/// What a step of the line editor led to.
typedef enum __attribute__((enum_extensibility(closed))) CRLOutcome {
  /// Nothing to report yet; call `crl_step` again.
  CRLOutcomePending,
  /// A line is ready: `crl_take_line`.
  CRLOutcomeLine,
  /// Ctrl-C: the cursor is on a fresh line, and `crl_take_line` has what was dropped.
  CRLOutcomeInterrupted,
  /// Ctrl-D on an empty line, or the terminal has gone.
  CRLOutcomeEnd,
} CRLOutcome;

/// What is to be drawn.
typedef enum __attribute__((enum_extensibility(closed))) CRLDrawing {
  /// The input as it is now; whatever was drawn last still stands.
  CRLDrawingChange,
  /// The same, but the terminal may have been cleared since.
  CRLDrawingAgain,
  /// The input for the first time, from the start of an empty row.
  CRLDrawingFresh,
  /// The input for the last time; afterwards the cursor is on a fresh row.
  CRLDrawingFinal,
  /// The same, with a mark that it was dropped.
  CRLDrawingDropped,
} CRLDrawing;

/// What the editor asks of its owner. Text is the whole input, which may hold newlines; places are in bytes.
typedef struct CRLOwner {
  /// Handed to every function.
  void *context;
  /// Gives the candidates that may replace the bytes from `*replacement` to `cursor` of `text`.
  ///
  /// `start` bounds the word that readline sees; `*replacement` is `start` when called. The result is NULL, or a
  /// malloc'ed list of malloc'ed strings that ends with NULL; the caller frees both.
  char **(*complete)(void *context, const char *text, int32_t cursor, int32_t start, int32_t *replacement);
  /// How many spaces begin the line that Enter opens at `cursor`, or -1 where Enter ends the input.
  ///
  /// NULL: the editor handles single lines, which readline draws. The functions below are then not called.
  int32_t (*enter)(void *context, const char *text, int32_t cursor);
  /// Draws the input behind `prompt`; `prompt` is NULL unless readline has a message in its place.
  void (*draw)(void *context, const char *text, int32_t cursor, const char *prompt, CRLDrawing drawing);
  /// Shows the candidates that `complete` gave last, until the next key.
  void (*list)(void *context);
  /// What probably follows `text`, or its next word: a malloc'ed string, or NULL.
  char *(*suggest)(void *context, const char *text, int32_t word);
  /// Has the user edit `text` in another program: a malloc'ed string, or NULL to leave it.
  char *(*edit)(void *context, const char *text);
} CRLOwner;

/// Makes SIGINT, SIGTERM, SIGHUP and SIGUSR1 store 1 in `*flag` and do nothing else, from now on.
///
/// The third signal that finds the flag still set ends the process with 128 and its number, such as 130; SIGINT does so
/// only with `exits`.
void crl_catch_interrupts(volatile int32_t *flag, int32_t exits);

/// The signal other than SIGINT that asked the program to end; 0 when none did. An editor then takes no more lines.
int32_t crl_ended_by(void);

/// Sets readline up for terminals on both ends and catches the signals that concern a prompt.
///
/// `flag` is as for `crl_catch_interrupts`. Returns 0, or an errno.
int32_t crl_start(volatile int32_t *flag, const CRLOwner *owner);

/// Puts the terminal back and forgets the owner; harmless when nothing was started.
void crl_stop(void);

/// Shows `prompt` and puts the terminal into editing mode.
void crl_begin(const char *prompt);

/// Waits at most `timeout_ms` (-1: for ever) for a key or a signal and handles it.
///
/// After any outcome but `CRLOutcomePending` the terminal is silent: what is typed waits for the next `crl_begin`.
CRLOutcome crl_step(int32_t timeout_ms);

/// The text of the last outcome, or NULL; the caller frees it.
char *crl_take_line(void);

/// Puts `entry` at the end of the history that Up walks through; it may hold newlines.
void crl_history_add(const char *entry);

/// The columns that a character takes in the terminal's locale; -1 where it takes none.
int32_t crl_width(uint32_t character);

/// Gives the terminal to another program (1), or takes it back (0).
void crl_lend_terminal(int32_t lends);

#endif

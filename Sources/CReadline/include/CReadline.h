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
  /// Ctrl-C: the partial input is gone and the cursor is on a fresh line.
  CRLOutcomeInterrupted,
  /// Ctrl-D on an empty line, or the terminal has gone.
  CRLOutcomeEnd,
} CRLOutcome;

/// Gives the candidates that may replace the bytes from `*replacement` to `cursor` of `line`.
///
/// `start` and `end` bound the word that readline sees; `*replacement` is `start` when called. The result
/// is NULL, or a malloc'ed list of malloc'ed strings that ends with NULL; the caller frees both.
typedef char **(*CRLCompleter)(
  void *context, const char *line, int32_t cursor, int32_t start, int32_t end, int32_t *replacement);

/// Makes SIGINT store 1 in `*flag` and do nothing else, from now on.
///
/// With `exits`, the third SIGINT that finds the flag still set ends the process with status 130.
void crl_catch_interrupts(volatile int32_t *flag, int32_t exits);

/// Sets readline up for terminals on both ends and catches the signals that concern a prompt.
///
/// `flag` is as for `crl_catch_interrupts`. Returns 0, or an errno.
int32_t crl_start(volatile int32_t *flag, CRLCompleter completer, void *context);

/// Puts the terminal back and forgets the completer; harmless when nothing was started.
void crl_stop(void);

/// Shows `prompt` and puts the terminal into editing mode.
///
/// Escape sequences in `prompt` stand between bytes 1 and 2, so that their width counts as zero.
void crl_begin(const char *prompt);

/// Waits at most `timeout_ms` (-1: for ever) for a key or a signal and handles it.
///
/// After any outcome but `CRLOutcomePending` the terminal is back in its normal mode.
CRLOutcome crl_step(int32_t timeout_ms);

/// The line of the last `CRLOutcomeLine`; the caller frees it.
char *crl_take_line(void);

/// Puts `entry` at the end of the history that Up walks through; it may hold newlines.
void crl_history_add(const char *entry);

#endif

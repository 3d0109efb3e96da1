// What the files of this target share; nothing outside sees it.
#ifndef RLS_EDITOR_H
#define RLS_EDITOR_H

#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <readline/readline.h>
#include <readline/history.h>
#include "CReadline.h"

/// What the terminal is set to.
typedef enum { modeNormal, modeSilent, modeEditing } Mode;

extern struct Editor {
  CRLOwner owner;
  int started;
  // Signals
  volatile int32_t *interruptFlag;
  int32_t exits;
  volatile sig_atomic_t presses, endedBy, interrupted, resized, resumed, mode, bracketedPaste;
  int wake[2];
  // Terminal modes
  struct termios normalMode, editingMode;
  // The line
  int ended, delivered;
  char *line;
  /// Whether the cursor stands at the start of an empty row, where nothing has been drawn.
  int isFresh;
} editor;

/// Signals.c: what SIGWINCH, SIGTSTP and the signals that end a process do while somebody types.
int catchPromptSignals(void);
/// Forgets the signals that have been handled.
void drainWakeUps(void);
void forgetInterrupts(void);
/// Sets the terminal; safe in a signal handler.
void setMode(Mode mode);

/// Completion.c
char **complete(const char *text, int start, int end);
void listMatches(char **matches, int count, int longest);

/// Keys.c: commands of the editor, under names for `.inputrc`, on their keys.
void bindKeys(void);

/// Editor.c
void drawInput(CRLDrawing drawing);

#endif

// Signals. Handlers use functions that are safe in a handler, and nothing else.
#include "Editor.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>

static const char pasteOff[] = "\033[?2004l";
static const char pasteOn[] = "\033[?2004h";
static const int endings[] = {SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
static struct sigaction previous[NSIG];

static void wakeUp(void) {
  if (editor.wake[1] >= 0) {
    ssize_t ignored = write(editor.wake[1], "!", 1);
    (void)ignored;
  }
}

void drainWakeUps(void) {
  char drained[64];
  while (editor.wake[0] >= 0 && read(editor.wake[0], drained, sizeof drained) > 0) {}
}

// A request to end stands until the program has ended.
void forgetInterrupts(void) {
  editor.interrupted = editor.endedBy != 0;
  editor.presses = 0;
  if (editor.interruptFlag != NULL) *editor.interruptFlag = editor.endedBy != 0;
}

static void apply(Mode mode) {
  struct termios settings = mode == modeEditing ? editor.editingMode : editor.normalMode;
  // Nothing is echoed into what a program writes, and what is typed meanwhile waits, key by key.
  if (mode == modeSilent) settings.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
  tcsetattr(STDIN_FILENO, TCSANOW, &settings);
}

static void switchPaste(int on) {
  if (!editor.bracketedPaste) return;
  const char *text = on ? pasteOn : pasteOff;
  ssize_t ignored = write(STDOUT_FILENO, text, strlen(text));
  (void)ignored;
}

void setMode(Mode mode) {
  if (editor.mode == mode) return;
  editor.mode = mode;
  apply(mode);
}

static void onInterrupt(int number) {
  int saved = errno;
  if (number != SIGINT) editor.endedBy = number;
  volatile int32_t *flag = editor.interruptFlag;
  if (flag != NULL) {
    editor.presses = *flag ? editor.presses + 1 : 1;
    *flag = 1;
  }
  editor.interrupted = 1;
  if ((editor.exits || number != SIGINT) && editor.presses >= 3) {
    if (editor.mode == modeEditing) switchPaste(0);
    setMode(modeNormal);
    _exit(128 + number);
  }
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
  if (editor.mode == modeEditing) switchPaste(0);
  setMode(modeNormal);
  sigaction(number, &previous[number], NULL);
  raise(number);
  errno = saved;
}

static void onStop(int number) {
  int saved = errno;
  if (editor.mode == modeEditing) switchPaste(0);
  if (editor.mode != modeNormal) apply(modeNormal);
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
  if (editor.mode != modeNormal) apply((Mode)editor.mode);
  if (editor.mode == modeEditing) {
    switchPaste(1);
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
  if (sigaction(number, NULL, &previous[number]) != 0) return;
  if (previous[number].sa_handler == SIG_IGN && number != SIGINT) return;
  sigaction(number, &action, NULL);
}

void crl_catch_interrupts(volatile int32_t *flag, int32_t exits) {
  editor.interruptFlag = flag;
  editor.exits = exits;
  static const int requests[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
  sigset_t caught;
  sigemptyset(&caught);
  for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
    catch(requests[i], onInterrupt, 0);
    sigaddset(&caught, requests[i]);
  }
  // A parent that waits for its children may have left signals blocked.
  pthread_sigmask(SIG_UNBLOCK, &caught, NULL);
}

int32_t crl_ended_by(void) { return editor.endedBy; }

int catchPromptSignals(void) {
  if (pipe(editor.wake) != 0) return errno;
  for (int end = 0; end < 2; end++) {
    fcntl(editor.wake[end], F_SETFD, FD_CLOEXEC);
    fcntl(editor.wake[end], F_SETFL, O_NONBLOCK);
  }
  catch(SIGWINCH, onResize, SA_RESTART);
  catch(SIGTSTP, onStop, SA_RESTART);
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) catch(endings[i], onEnding, SA_ONSTACK);
  return 0;
}

// Gives up its rights as `rls --restricted` does, then tries to get out by system calls that no script has.
//
// SandboxProbe READABLE WRITABLE OUTSIDE: one line for each try, `denied: NAME`, `ESCAPED: NAME`, or `missing: NAME` where
// this machine has no such thing; and for what has to work `works: NAME` or `BROKEN: NAME`. OUTSIDE has a file `secret`.
#define _GNU_SOURCE
#include "CSandbox.h"
#include <stdio.h>

#ifdef __linux__
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static char inside[4096], outside[4096], secret[4200], own[4200], text[4300];
static const char *at(const char *folder, const char *name) {
  snprintf(text, sizeof text, "%s/%s", folder, name);
  return text;
}
static const char *inside_(const char *name) { return at(inside, name); }
static const char *outside_(const char *name) { return at(outside, name); }

/// Whether a call that gives -1 or a descriptor did what it should not.
static void report(const char *name, long result) {
  if (result >= 0) printf("ESCAPED: %s\n", name);
  else printf("%s: %s (%s)\n", errno == ENOSYS ? "missing" : "denied", name, strerror(errno));
}
#define TRY(name, call) (errno = 0, report(name, (long)(call)))
static void works(const char *name, int isTrue) { printf("%s: %s\n", isTrue ? "works" : "BROKEN", name); }

static long opens(const char *path, int flags) { return open(path, flags, 0600); }
static void *thread(void *argument) { return argument; }
static long spawns(void) {
  pid_t child;
  char *arguments[] = {"true", NULL};
  int code = posix_spawn(&child, "/bin/true", NULL, NULL, arguments, NULL);
  errno = code;
  return code == 0 ? 0 : -1;
}
static long connects(int family, const void *address, socklen_t size) {
  int end = socket(family, SOCK_STREAM, 0);
  return end < 0 ? -1 : connect(end, address, size);
}
/// A child that ends at once, so that one that should not be there does no harm.
static long ends(long child) {
  if (child == 0) _exit(0);
  return child;
}

static void files(void) {
  TRY("read /etc/passwd", opens("/etc/passwd", O_RDONLY));
  TRY("read the file outside", opens(secret, O_RDONLY));
  TRY("read through a link", opens(inside_("link"), O_RDONLY));
  TRY("write through a link", opens(inside_("link"), O_WRONLY));
  TRY("read through a link to a folder", opens(inside_("folder/secret"), O_RDONLY));
  TRY("read through ..", opens(inside_("../outside/secret"), O_RDONLY));
  TRY("write outside", opens(outside_("new"), O_WRONLY | O_CREAT));
  TRY("append outside", opens(secret, O_WRONLY | O_APPEND));
  TRY("empty by opening", opens(secret, O_WRONLY | O_TRUNC));
  TRY("a file without a name outside", opens(outside, O_WRONLY | O_TMPFILE));
  TRY("write into the readable folder", opens(own, O_WRONLY));
  TRY("a descriptor without rights, then openat", openat(open(outside, O_PATH), "secret", O_RDONLY));
  TRY("openat2", syscall(437, AT_FDCWD, secret, (uint64_t[]){O_RDONLY, 0, 0}, 24));
  TRY("list a folder outside", opens(outside, O_RDONLY | O_DIRECTORY));
  TRY("list /", opens("/", O_RDONLY | O_DIRECTORY));
  TRY("its own memory", opens("/proc/self/mem", O_RDWR));
  TRY("its own environment", opens("/proc/self/environ", O_RDONLY));
  TRY("its root in /proc", opens("/proc/self/root/etc/passwd", O_RDONLY));
  TRY("its folder in /proc", opens("/proc/self/cwd/../../etc/passwd", O_RDONLY));
  TRY("the memory of another process", opens("/proc/1/mem", O_RDONLY));
  TRY("settings of the kernel", opens("/proc/sys/kernel/core_pattern", O_WRONLY));
  TRY("a device", opens("/dev/zero", O_RDONLY));
  TRY("the terminal", opens("/dev/tty", O_RDWR));
  TRY("a new terminal", opens("/dev/ptmx", O_RDWR));
  TRY("shared memory with a name", shm_open("/rls-probe", O_RDWR | O_CREAT, 0600));
  TRY("truncate", truncate(secret, 0));
  TRY("remove", unlink(secret));
  TRY("remove a folder", rmdir(outside_("empty")));
  TRY("make a folder", mkdir(outside_("made"), 0700));
  TRY("make a pipe", mkfifo(inside_("pipe"), 0600));
  TRY("make a device", mknod(inside_("device"), S_IFCHR | 0600, 0x103));
  TRY("make a link by name", symlink(secret, inside_("made")));
  TRY("make a second name", link(secret, inside_("second")));
  char from[4300];
  strcpy(from, inside_("kept"));
  TRY("a second name outside", link(from, outside_("second")));
  TRY("rename out", rename(from, outside_("kept")));
  TRY("rename in", rename(secret, inside_("in")));
  char folder[4300];
  strcpy(folder, outside_("empty"));
  TRY("exchange with a file outside", syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, secret, 2));
  TRY("rename a folder in", rename(folder, inside_("empty")));
  TRY("change a mode", chmod(secret, 0777));
  TRY("change a mode of its own file", chmod(from, 04755));
  TRY("fchmodat", fchmodat(AT_FDCWD, secret, 0777, 0));
  TRY("fchmodat2", syscall(452, AT_FDCWD, secret, 0777, 0));
  TRY("change an owner", chown(secret, 1, 1));
  TRY("lchown", lchown(secret, 1, 1));
  TRY("change times", utimes(secret, NULL));
  TRY("utimensat", utimensat(AT_FDCWD, secret, NULL, 0));
  TRY("set an attribute", setxattr(secret, "user.probe", "1", 1, 0));
  TRY("remove an attribute", removexattr(secret, "user.probe"));
  TRY("watch a file", inotify_init1(0));
  TRY("a handle instead of a name", syscall(SYS_name_to_handle_at, AT_FDCWD, secret, NULL, NULL, 0));
  TRY("a descriptor left open", read(9, text, 1));
  TRY("mount", mount("none", inside, "tmpfs", 0, NULL));
  TRY("move a mount", syscall(SYS_move_mount, AT_FDCWD, "/etc", AT_FDCWD, inside, 0));
  TRY("chroot", chroot(inside));
}

static void processes(void) {
  char *arguments[] = {"true", NULL};
  TRY("fork", ends(fork()));
  TRY("fork by number", ends(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)));
  TRY("clone3", ends(syscall(SYS_clone3, (uint64_t[11]){0, 0, 0, 0, SIGCHLD}, 88)));
#ifdef SYS_vfork
  TRY("fork, the old way", ends(syscall(SYS_fork)));
#endif
  TRY("posix_spawn", spawns());
  TRY("system", system("true") == 0 ? 0 : -1);
  TRY("popen", popen("true", "r") != NULL ? 0 : -1);
  TRY("execve", execv("/bin/true", arguments));
  TRY("execveat", syscall(SYS_execveat, AT_FDCWD, "/bin/true", arguments, NULL, 0));
  TRY("a program in memory", memfd_create("probe", 0));
  TRY("signal the parent", kill(getppid(), 0));
  TRY("signal everybody", kill(-1, 0));
  TRY("signal its group", kill(0, 0));
  TRY("signal a thread of another", syscall(SYS_tgkill, getppid(), getppid(), 0));
  TRY("tkill", syscall(SYS_tkill, getppid(), 0));
  TRY("a descriptor of a process", syscall(434, getppid(), 0));
  TRY("trace", ptrace(PTRACE_SEIZE, getppid(), 0, 0));
  struct iovec piece = {text, 1};
  TRY("read another's memory", process_vm_readv(getppid(), &piece, 1, &piece, 1, 0));
  TRY("limits of another", prlimit(getppid(), RLIMIT_NOFILE, NULL, &(struct rlimit){0, 0}));
  TRY("priority of another", setpriority(PRIO_PROCESS, getppid(), 1));
  TRY("new namespaces", unshare(CLONE_NEWUSER));
  TRY("another namespace", setns(0, 0));
  TRY("own a descriptor's signals", fcntl(1, F_SETOWN, getppid()));
  TRY("type into the terminal", ioctl(0, TIOCSTI, "x"));
  TRY("become another", setuid(65534));
}

static void sockets(void) {
  struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_port = htons(80), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "/run/probe"};
  TRY("connect by TCP", connects(AF_INET, &loopback, sizeof loopback));
  TRY("connect to a local socket", connects(AF_UNIX, &local, sizeof local));
  TRY("a socket of UDP", socket(AF_INET, SOCK_DGRAM, 0));
  TRY("a socket of IPv6", socket(AF_INET6, SOCK_STREAM, 0));
  TRY("a raw socket", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
  TRY("a socket of packets", socket(AF_PACKET, SOCK_RAW, 0));
  TRY("a socket of the kernel", socket(AF_NETLINK, SOCK_RAW, 0));
  TRY("a socket of machines", socket(40, SOCK_STREAM, 0));
  int pair[2];
  TRY("a pair of sockets", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  TRY("io_uring", syscall(425, 1, text));
  TRY("shared memory", shmget(IPC_PRIVATE, 4096, 0600));
  TRY("a queue of messages", msgget(IPC_PRIVATE, 0600));
  TRY("a semaphore", semget(IPC_PRIVATE, 1, 0600));
  TRY("a queue with a name", syscall(SYS_mq_open, "probe", O_RDWR | O_CREAT, 0600, NULL));
  TRY("bpf", syscall(SYS_bpf, 0, text, 48));
  TRY("a performance counter", syscall(SYS_perf_event_open, text, 0, -1, -1, 0));
  TRY("a key", syscall(SYS_add_key, "user", "probe", "x", 1, -3));
  TRY("faults of pages", syscall(SYS_userfaultfd, 1));
  TRY("the clock", settimeofday(&(struct timeval){1, 0}, NULL));
  TRY("the name of the machine", sethostname("probe", 5));
  TRY("the log of the kernel", syscall(SYS_syslog, 3, text, 16));
#ifdef __x86_64__
  TRY("a call of x32", syscall(0x40000000 + 41, AF_INET, SOCK_STREAM, 0));
#endif
}

static void usual(void) {
  works("read its own folder", opens(own, O_RDONLY) >= 0);
  works("write its folder", opens(inside_("written"), O_WRONLY | O_CREAT) >= 0);
  char from[4300];
  strcpy(from, inside_("written"));
  works("rename inside", rename(from, inside_("renamed")) == 0);
  works("make and remove a folder", mkdir(inside_("a"), 0700) == 0 && rmdir(inside_("a")) == 0);
  works("remove inside", unlink(inside_("renamed")) == 0);
  pthread_t started;
  works("a thread", pthread_create(&started, NULL, thread, NULL) == 0 && pthread_join(started, NULL) == 0);
  signal(SIGUSR1, SIG_IGN);
  works("a signal to itself", raise(SIGUSR1) == 0 && kill(getpid(), 0) == 0);
  works("memory", mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
  int ends[2];
  works("a pipe of its own", pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
  works("the processors", opens("/proc/cpuinfo", O_RDONLY) >= 0);
}

int main(int count, char **words) {
  if (count != 4) return 2;
  snprintf(inside, sizeof inside, "%s", words[2]);
  snprintf(outside, sizeof outside, "%s", words[3]);
  snprintf(secret, sizeof secret, "%s/secret", outside);
  snprintf(own, sizeof own, "%s/own", words[1]);
  if (symlink(secret, inside_("link")) != 0 || symlink(outside, inside_("folder")) != 0) return 3;
  if (dup2(open(secret, O_RDONLY), 9) != 9) return 4;
  csb_close_descriptors();
  const char *failed = "";
  int code = csb_restrict(words[1], words[2], &failed);
  if (code != 0) {
    printf("unrestricted: %s: %s\n", failed, strerror(code));
    return 1;
  }
  setvbuf(stdout, NULL, _IONBF, 0);
  usual();
  files();
  processes();
  sockets();
  return 0;
}

#else
int main(void) {
  printf("unrestricted: not Linux\n");
  return 1;
}
#endif

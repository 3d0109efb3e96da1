#define _GNU_SOURCE
#include "CSandbox.h"
#include <errno.h>
#include <stddef.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// MARK: Files

// The headers of a system may be older than its kernel, so what they may lack is written here; see landlock(7).
enum {
  createRuleset = 444,
  addRule = 445,
  restrictSelf = 446,
  versionOnly = 1,
  pathBeneath = 1,
  // Truncation, without which a file outside could be emptied.
  oldestABI = 3,
};

typedef enum : uint64_t {
  execute = 1 << 0,
  writeFile = 1 << 1,
  readFile = 1 << 2,
  readFolder = 1 << 3,
  removeFolder = 1 << 4,
  removeFile = 1 << 5,
  makeFolder = 1 << 7,
  makeFile = 1 << 8,
  moveBetweenFolders = 1 << 13,
  truncateFile = 1 << 14,
} FileRight;

struct ruleset {
  uint64_t files, network, scopes;
};

struct beneath {
  uint64_t allowed;
  int32_t parent;
} __attribute__((packed));

static int allow(int ruleset, const char *path, uint64_t rights) {
  struct beneath rule = {rights, open(path, O_PATH | O_CLOEXEC)};
  if (rule.parent < 0) return errno;
  int code = syscall(addRule, ruleset, pathBeneath, &rule, 0) == 0 ? 0 : errno;
  close(rule.parent);
  return code;
}

static int restrictFiles(const char *readable, const char *writable, const char **failed) {
  *failed = "Landlock";
  long abi = syscall(createRuleset, NULL, 0, versionOnly);
  if (abi < 0) return errno;
  if (abi < oldestABI) return ENOSYS;
  // All rights that the kernel knows are taken, and few of them given back.
  struct ruleset handled = {(1 << 15) - 1, 0, 0};
  if (abi >= 5) handled.files |= 1 << 15;
  if (abi >= 4) handled.network = 3;
  if (abi >= 6) handled.scopes = 3;
  size_t size = abi >= 6 ? sizeof handled : abi >= 4 ? 16 : 8;
  int ruleset = (int)syscall(createRuleset, &handled, size, 0);
  if (ruleset < 0) return errno;
  *failed = readable;
  int code = allow(ruleset, readable, readFile | readFolder);
  if (code == 0 && writable != NULL) {
    *failed = writable;
    code = allow(
      ruleset, writable,
      readFile | readFolder | writeFile | removeFolder | removeFile | makeFolder | makeFile | moveBetweenFolders
        | truncateFile);
  }
  // What the machine is; where it is missing, nobody misses it.
  (void)allow(ruleset, "/proc/cpuinfo", readFile);
  (void)allow(ruleset, "/sys/devices/system/cpu/online", readFile);
  if (code == 0) {
    *failed = "Landlock";
    code = syscall(restrictSelf, ruleset, 0) == 0 ? 0 : errno;
  }
  close(ruleset);
  return code;
}

// MARK: System calls

static const int denied[] = {
  // Programs and processes.
  SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_tkill, SYS_rt_sigqueueinfo,
  SYS_rt_tgsigqueueinfo, SYS_setns, SYS_unshare, SYS_kcmp, SYS_pidfd_open, SYS_pidfd_send_signal, SYS_pidfd_getfd,
  SYS_setpriority, SYS_sched_setaffinity, SYS_sched_setscheduler, SYS_sched_setparam, SYS_sched_setattr,
  SYS_ioprio_set, SYS_migrate_pages, SYS_move_pages, SYS_setpgid, SYS_setsid, SYS_personality, SYS_process_madvise,
  // Sockets, and what does the same in another way.
  SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4, SYS_sendto, SYS_sendmsg,
  SYS_sendmmsg, SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg, SYS_io_uring_setup, SYS_io_uring_enter,
  SYS_io_uring_register,
  // Memory and messages that other processes share.
  SYS_shmget, SYS_shmat, SYS_shmctl, SYS_msgget, SYS_msgsnd, SYS_msgrcv, SYS_msgctl, SYS_semget, SYS_semop,
  SYS_semctl, SYS_mq_open, SYS_mq_unlink, SYS_memfd_create, SYS_userfaultfd,
  // What Landlock does not see of a file: owner, mode, times, attributes, handles, watches.
  SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_utimensat, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr,
  SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr, SYS_open_by_handle_at, SYS_name_to_handle_at,
  SYS_inotify_init1, SYS_fanotify_init, SYS_quotactl, SYS_mknodat,
  // The machine.
  SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fsconfig,
  SYS_fsmount, SYS_fspick, SYS_swapon, SYS_swapoff, SYS_reboot, SYS_kexec_load, SYS_init_module, SYS_finit_module,
  SYS_delete_module, SYS_bpf, SYS_perf_event_open, SYS_add_key, SYS_request_key, SYS_keyctl, SYS_settimeofday,
  SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex, SYS_sethostname, SYS_setdomainname, SYS_acct, SYS_syslog,
  SYS_vhangup, SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setgroups,
  SYS_capset,
#ifdef SYS_mount_setattr
  SYS_mount_setattr,
#endif
#ifdef SYS_process_mrelease
  SYS_process_mrelease,
#endif
#ifdef SYS_memfd_secret
  SYS_memfd_secret,
#endif
#ifdef __x86_64__
  // The older forms, which newer machines have no more.
  SYS_fork, SYS_vfork, SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat, SYS_mknod,
  SYS_inotify_init, SYS_kexec_file_load, SYS_iopl, SYS_ioperm, SYS_modify_ldt,
#endif
  // Newer than some headers: fchmodat2, setxattrat, removexattrat, file_setattr, open_tree_attr; the same numbers everywhere.
  452, 463, 466, 469, 467,
};

enum { argument = offsetof(struct seccomp_data, args), wide = sizeof(uint64_t), mostRules = 512 };

#ifdef __x86_64__
static const uint32_t thisArchitecture = AUDIT_ARCH_X86_64;
#else
static const uint32_t thisArchitecture = AUDIT_ARCH_AARCH64;
#endif

typedef struct {
  struct sock_filter rules[mostRules];
  unsigned short count;
} Filter;

static void add(Filter *filter, uint16_t code, uint32_t value, uint8_t yes, uint8_t no) {
  if (filter->count < mostRules) {
    filter->rules[filter->count++] = (struct sock_filter)BPF_JUMP(code, value, yes, no);
  }
}

static void answer(Filter *filter, int code) {
  add(filter, BPF_RET | BPF_K, code == 0 ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | (uint32_t)code, 0, 0);
}

static void load(Filter *filter, uint32_t offset) { add(filter, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0); }

/// Answers a call by one of its arguments, of which the kernel reads 32 bits: with `match` where it is one of two numbers,
/// else with `other`.
static void decide(Filter *filter, int call, int place, uint32_t one, uint32_t two, int match, int other) {
  add(filter, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 5);
  load(filter, argument + place * wide);
  add(filter, BPF_JMP | BPF_JEQ | BPF_K, one, 1, 0);
  add(filter, BPF_JMP | BPF_JEQ | BPF_K, two, 0, 1);
  answer(filter, match);
  answer(filter, other);
}

static int restrictCalls(const char **failed) {
  *failed = "seccomp";
  Filter filter = {.count = 0};
  uint32_t process = (uint32_t)getpid();
  load(&filter, offsetof(struct seccomp_data, arch));
  add(&filter, BPF_JMP | BPF_JEQ | BPF_K, thisArchitecture, 1, 0);
  answer(&filter, EPERM);
  load(&filter, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
  // The calls of x32, which have numbers of their own.
  add(&filter, BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1);
  answer(&filter, EPERM);
#endif
  for (size_t i = 0; i < sizeof denied / sizeof *denied; i++) {
    add(&filter, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)denied[i], 0, 1);
    answer(&filter, EPERM);
  }
  // Threads are started by clone alone, whose flags can be seen; without clone3 the C library goes back to it.
  add(&filter, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1);
  answer(&filter, ENOSYS);
  add(&filter, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4);
  load(&filter, argument);
  add(&filter, BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1);
  answer(&filter, 0);
  answer(&filter, EPERM);
  // To this process itself.
  decide(&filter, SYS_kill, 0, process, process, 0, EPERM);
  decide(&filter, SYS_tgkill, 0, process, process, 0, EPERM);
  decide(&filter, SYS_prlimit64, 0, 0, process, 0, EPERM);
  // Input that another program would read (TIOCSTI, TIOCLINUX), and signals to whoever a descriptor is given.
  decide(&filter, SYS_ioctl, 1, 0x5412, 0x541C, EPERM, 0);
  decide(&filter, SYS_fcntl, 1, F_SETOWN, F_SETOWN_EX, EPERM, 0);
  answer(&filter, 0);
  if (filter.count >= mostRules) return E2BIG;
  struct sock_fprog program = {filter.count, filter.rules};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? 0 : errno;
}

int32_t csb_restrict(const char *readable, const char *writable, const char **failed) {
  *failed = "a limit on core files";
  struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) return errno;
  // No program that is started could gain rights; the kernel asks for it before it takes the others.
  *failed = "no_new_privs";
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  int code = restrictFiles(readable, writable, failed);
  return code != 0 ? code : restrictCalls(failed);
}

void csb_close_descriptors(void) { close_range(3, ~0U, 0); }

#else

void csb_close_descriptors(void) {}

int32_t csb_restrict(const char *readable, const char *writable, const char **failed) {
  (void)readable;
  (void)writable;
  *failed = "Landlock";
  return ENOSYS;
}

#endif

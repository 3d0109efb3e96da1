/// The kernel's own limits on what this process may do: Landlock for files, seccomp for everything else.
#ifndef RLS_CSANDBOX_H
#define RLS_CSANDBOX_H

#include <stdint.h>

/// Gives up, for the calling thread and all threads it starts from now on, for good:
///
/// - files outside `readable`, which may be read, and `writable` (NULL: nothing), which may be read and written;
///   `/proc/cpuinfo` and the list of processors stay readable;
/// - starting processes and programs, sockets, signals to other processes, changes of owners, modes and times of files,
///   and what else reaches beyond this process (mounts, namespaces, tracing, shared memory, io_uring, ...).
///
/// Both names are of folders that exist. Returns 0, or an errno with the step that failed in `*failed`; the process may
/// then have lost rights already.
int32_t csb_restrict(const char *readable, const char *writable, const char **failed);

/// Closes every descriptor but the standard three, which whoever started the process may have left open.
void csb_close_descriptors(void);

#endif

/// ZeroMQ behind a few functions. Its library is looked for when it is first needed, so that building needs none of it.
///
/// A socket belongs to one thread at a time. Functions that can fail return 0 or an error number, which `czmq_message`
/// explains.
#ifndef RLS_CZEROMQ_H
#define RLS_CZEROMQ_H

#include <stddef.h>
#include <stdint.h>

/// What a socket does; the numbers are those of ZeroMQ.
typedef enum __attribute__((enum_extensibility(closed))) CZMQKind {
  /// Sends to everybody who listens.
  CZMQKindPublish = 1,
  /// Takes a request and answers it, in turn.
  CZMQKindReply = 4,
  /// Takes messages from many, whose first frame says from whom, and sends to the one that the first frame names.
  CZMQKindRouter = 6,
} CZMQKind;

/// Whether the library is there; loads it.
int32_t czmq_load(void);

/// A context, in which sockets are made; NULL where there is no memory.
void *czmq_context(void);

/// Makes every call on the context's sockets return `czmq_ended`, those that wait included; on any thread.
void czmq_shutdown(void *context);

/// Waits until what was sent has left, for a second at most, and frees the context. All sockets are closed before.
void czmq_free(void *context);

/// A socket that listens at `endpoint`, such as "tcp://127.0.0.1:5555"; NULL with an error number in `*error`.
void *czmq_bind(void *context, CZMQKind kind, const char *endpoint, int32_t *error);

void czmq_close(void *socket);

/// Waits until a message has come; `*is_ready` is 0 where `milliseconds` have passed first, or a signal came. -1: forever.
int32_t czmq_wait(void *socket, int64_t milliseconds, int32_t *is_ready);

/// Takes the next frame, without waiting: `*bytes` is malloc'ed, and `*has_more` says whether the message goes on.
int32_t czmq_receive(void *socket, uint8_t **bytes, size_t *count, int32_t *has_more);

/// Sends a frame, with `has_more` unless it is the last of its message.
int32_t czmq_send(void *socket, const uint8_t *bytes, size_t count, int32_t has_more);

/// The error number that calls end with after `czmq_shutdown`.
extern const int32_t czmq_ended;

/// What an error number means.
const char *czmq_message(int32_t error);

#endif

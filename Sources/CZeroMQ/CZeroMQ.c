#include "CZeroMQ.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

// What zmq.h declares; its interface has been the same since version 4.
typedef union Frame {
  unsigned char bytes[64];
  void *aligned;
} Frame;
typedef struct PollItem {
  void *socket;
  int descriptor;
  short events, returned;
} PollItem;
enum { doNotWait = 1, sendMore = 2, pollIn = 1, linger = 17, sendLimit = 23, handOver = 56 };

const int32_t czmq_ended = 156384713 + 53;

static struct {
  void *(*newContext)(void);
  int (*shutdown)(void *);
  int (*freeContext)(void *);
  void *(*newSocket)(void *, int);
  int (*close)(void *);
  int (*set)(void *, int, const void *, size_t);
  int (*bind)(void *, const char *);
  int (*poll)(PollItem *, int, long);
  int (*newFrame)(Frame *);
  int (*receive)(Frame *, void *, int);
  void *(*data)(Frame *);
  size_t (*size)(const Frame *);
  int (*more)(const Frame *);
  int (*freeFrame)(Frame *);
  int (*send)(void *, const void *, size_t, int);
  int (*error)(void);
  const char *(*message)(int);
} zmq;

static int find(void *library) {
  struct {
    const char *name;
    void *function;
  } wanted[] = {
      {"zmq_ctx_new", &zmq.newContext}, {"zmq_ctx_shutdown", &zmq.shutdown}, {"zmq_ctx_term", &zmq.freeContext},
      {"zmq_socket", &zmq.newSocket},   {"zmq_close", &zmq.close},           {"zmq_setsockopt", &zmq.set},
      {"zmq_bind", &zmq.bind},          {"zmq_poll", &zmq.poll},             {"zmq_msg_init", &zmq.newFrame},
      {"zmq_msg_recv", &zmq.receive},   {"zmq_msg_data", &zmq.data},         {"zmq_msg_size", &zmq.size},
      {"zmq_msg_more", &zmq.more},      {"zmq_msg_close", &zmq.freeFrame},   {"zmq_send", &zmq.send},
      {"zmq_errno", &zmq.error},        {"zmq_strerror", &zmq.message},
  };
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    void *found = dlsym(library, wanted[i].name);
    if (found == NULL) return 0;
    memcpy(wanted[i].function, &found, sizeof found);
  }
  return 1;
}

int32_t czmq_load(void) {
  static const char *names[] = {
      "libzmq.so.5",      "libzmq.so", "libzmq.5.dylib", "libzmq.dylib", "/opt/homebrew/lib/libzmq.dylib",
      "/usr/local/lib/libzmq.dylib"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) continue;
    if (find(library)) return 1;
    dlclose(library);
  }
  return 0;
}

void *czmq_context(void) { return zmq.newContext(); }

void czmq_shutdown(void *context) { zmq.shutdown(context); }

void czmq_free(void *context) {
  while (zmq.freeContext(context) != 0 && zmq.error() == EINTR) {}
}

void *czmq_bind(void *context, CZMQKind kind, const char *endpoint, int32_t *error) {
  void *socket = zmq.newSocket(context, kind);
  if (socket == NULL) {
    *error = zmq.error();
    return NULL;
  }
  static const int second = 1000, none = 0, yes = 1;
  zmq.set(socket, linger, &second, sizeof second);
  // A listener that is slow for a while misses nothing.
  if (kind == CZMQKindPublish) zmq.set(socket, sendLimit, &none, sizeof none);
  // A client that comes back under its old name is the same client.
  if (kind == CZMQKindRouter) zmq.set(socket, handOver, &yes, sizeof yes);
  if (zmq.bind(socket, endpoint) == 0) return socket;
  *error = zmq.error();
  zmq.close(socket);
  return NULL;
}

void czmq_close(void *socket) { zmq.close(socket); }

int32_t czmq_wait(void *socket, int64_t milliseconds, int32_t *is_ready) {
  PollItem item = {.socket = socket, .events = pollIn};
  int count = zmq.poll(&item, 1, (long)milliseconds);
  *is_ready = count > 0;
  if (count >= 0) return 0;
  int error = zmq.error();
  return error == EINTR ? 0 : error;
}

int32_t czmq_receive(void *socket, uint8_t **bytes, size_t *count, int32_t *has_more) {
  Frame frame;
  zmq.newFrame(&frame);
  int error = 0;
  do { error = zmq.receive(&frame, socket, doNotWait) < 0 ? zmq.error() : 0; } while (error == EINTR);
  if (error == 0) {
    *count = zmq.size(&frame);
    *has_more = zmq.more(&frame);
    *bytes = malloc(*count > 0 ? *count : 1);
    if (*bytes == NULL) error = ENOMEM;
    else memcpy(*bytes, zmq.data(&frame), *count);
  }
  zmq.freeFrame(&frame);
  return error;
}

int32_t czmq_send(void *socket, const uint8_t *bytes, size_t count, int32_t has_more) {
  int error = 0;
  do {
    error = zmq.send(socket, bytes, count, has_more ? sendMore : 0) < 0 ? zmq.error() : 0;
  } while (error == EINTR);
  return error;
}

const char *czmq_message(int32_t error) { return zmq.message(error); }

#include "CPicture.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What is used of the libraries, declared as they document it, so that their headers are not needed.

typedef struct { uint32_t domain; int code; char *message; } glib_error;
typedef struct { double x, y, width, height; } rsvg_rectangle;
typedef int (*cairo_writer)(void *closure, const unsigned char *data, unsigned int length);

static struct {
  void *(*handle_new_from_data)(const uint8_t *, size_t, glib_error **);
  int (*intrinsic_size)(void *, double *, double *);
  int (*render)(void *, void *, const rsvg_rectangle *, glib_error **);
  void (*unref)(void *);
  void (*error_free)(glib_error *);
  void *(*surface_create)(int format, int width, int height);
  int (*surface_status)(void *);
  void (*surface_flush)(void *);
  unsigned char *(*surface_data)(void *);
  int (*surface_stride)(void *);
  int (*surface_write)(void *, cairo_writer, void *);
  void (*surface_destroy)(void *);
  void *(*create)(void *);
  int (*status)(void *);
  void (*destroy)(void *);
} lib;

enum { FORMAT_ARGB32 = 0, STATUS_NO_MEMORY = 1, MOST_PIXELS = 16384 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char missing[512];

static void *opened(const char *const names[]) {
  for (int i = 0; names[i]; i++) {
    void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (library) return library;
    if (!missing[0]) snprintf(missing, sizeof missing, "%s", dlerror());
  }
  return NULL;
}

static void look_up(void) {
  static const char *const svg_names[] = {
    "librsvg-2.so.2", "librsvg-2.2.dylib", "/opt/homebrew/lib/librsvg-2.2.dylib", "/usr/local/lib/librsvg-2.2.dylib", NULL};
  static const char *const cairo_names[] = {
    "libcairo.so.2", "libcairo.2.dylib", "/opt/homebrew/lib/libcairo.2.dylib", "/usr/local/lib/libcairo.2.dylib", NULL};
  const char *only = getenv("RLS_LIBRSVG");
  const char *const only_names[] = {only, NULL};
  void *svg = opened(only ? only_names : svg_names), *cairo = svg ? opened(cairo_names) : NULL;
  if (!svg || !cairo) return;
  missing[0] = 0;
  const struct { void *library; const char *name; void *place; } wanted[] = {
    {svg, "rsvg_handle_new_from_data", &lib.handle_new_from_data},
    {svg, "rsvg_handle_get_intrinsic_size_in_pixels", &lib.intrinsic_size},
    {svg, "rsvg_handle_render_document", &lib.render},
    // Of GLib, which librsvg brings along.
    {svg, "g_object_unref", &lib.unref},
    {svg, "g_error_free", &lib.error_free},
    {cairo, "cairo_image_surface_create", &lib.surface_create},
    {cairo, "cairo_surface_status", &lib.surface_status},
    {cairo, "cairo_surface_flush", &lib.surface_flush},
    {cairo, "cairo_image_surface_get_data", &lib.surface_data},
    {cairo, "cairo_image_surface_get_stride", &lib.surface_stride},
    {cairo, "cairo_surface_write_to_png_stream", &lib.surface_write},
    {cairo, "cairo_surface_destroy", &lib.surface_destroy},
    {cairo, "cairo_create", &lib.create},
    {cairo, "cairo_status", &lib.status},
    {cairo, "cairo_destroy", &lib.destroy},
  };
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    void *found = dlsym(wanted[i].library, wanted[i].name);
    memcpy(wanted[i].place, &found, sizeof found);
    if (!found) snprintf(missing, sizeof missing, "it is too old: it has no %s", wanted[i].name);
  }
}

static int append(void *closure, const unsigned char *data, unsigned int length) {
  cpi_picture *picture = closure;
  uint8_t *longer = realloc(picture->png, picture->png_count + length);
  if (!longer) return STATUS_NO_MEMORY;
  memcpy(longer + picture->png_count, data, length);
  picture->png = longer;
  picture->png_count += length;
  return 0;
}

static void copy_pixels(void *surface, cpi_picture *picture) {
  lib.surface_flush(surface);
  const unsigned char *data = lib.surface_data(surface);
  size_t row = (size_t)picture->width * 4;
  picture->pixels = malloc(row * (size_t)picture->height);
  if (!data || !picture->pixels) return;
  for (int32_t y = 0; y < picture->height; y++)
    memcpy((char *)picture->pixels + row * (size_t)y, data + (size_t)lib.surface_stride(surface) * (size_t)y, row);
}

/// Draws onto a surface; NULL, or what went wrong, which `problem` may hold.
static const char *draw(void *handle, void *surface, cpi_picture *picture, int32_t as_png, glib_error **problem) {
  if (lib.surface_status(surface)) return "the picture does not fit into memory";
  void *context = lib.create(surface);
  const rsvg_rectangle whole = {0, 0, picture->width, picture->height};
  int is_drawn = lib.render(handle, context, &whole, problem) && !lib.status(context);
  lib.destroy(context);
  if (!is_drawn) return *problem ? (*problem)->message : "the picture cannot be drawn";
  if (as_png) return lib.surface_write(surface, append, picture) ? "the PNG cannot be made" : NULL;
  copy_pixels(surface, picture);
  return picture->pixels ? NULL : "the picture does not fit into memory";
}

cpi_picture cpi_draw(const uint8_t *svg, size_t count, double scale, int32_t as_png) {
  cpi_picture picture = {0};
  pthread_once(&once, look_up);
  if (!lib.destroy || missing[0]) {
    picture.result = CPI_NO_LIBRARY;
    picture.message = strdup(missing);
    return picture;
  }
  glib_error *problem = NULL;
  const char *message = "the SVG has no size";
  double width = 0, height = 0;
  void *handle = lib.handle_new_from_data(svg, count, &problem);
  if (!handle) {
    message = problem ? problem->message : "the SVG cannot be read";
  } else if (lib.intrinsic_size(handle, &width, &height) && width >= 1 && height >= 1) {
    double longer = width > height ? width : height;
    if (scale * longer > MOST_PIXELS) scale = MOST_PIXELS / longer;
    picture.width = width * scale < 1 ? 1 : (int32_t)(width * scale + 0.5);
    picture.height = height * scale < 1 ? 1 : (int32_t)(height * scale + 0.5);
    void *surface = lib.surface_create(FORMAT_ARGB32, picture.width, picture.height);
    message = draw(handle, surface, &picture, as_png, &problem);
    lib.surface_destroy(surface);
  }
  if (message) {
    picture.result = CPI_NOT_DRAWN;
    picture.message = strdup(message);
  }
  if (problem) lib.error_free(problem);
  if (handle) lib.unref(handle);
  return picture;
}

void cpi_release(cpi_picture *picture) {
  free(picture->pixels);
  free(picture->png);
  free(picture->message);
  *picture = (cpi_picture){0};
}

/// SVG documents drawn as pixels by librsvg and cairo, which are looked for when the first one is drawn.
#ifndef RLS_CPICTURE_H
#define RLS_CPICTURE_H

#include <stddef.h>
#include <stdint.h>

enum { CPI_DRAWN = 0, CPI_NO_LIBRARY = 1, CPI_NOT_DRAWN = 2 };

/// What a drawing came to. `message` says what went wrong, else it is NULL; `cpi_release` frees everything.
typedef struct {
  int32_t result;
  int32_t width, height;
  /// Row by row, each pixel blue, green, red, alpha from its lowest byte on; NULL where a PNG was asked for.
  uint32_t *pixels;
  /// A PNG file; NULL where pixels were asked for.
  uint8_t *png;
  size_t png_count;
  char *message;
} cpi_picture;

/// Draws `count` bytes of SVG, `scale` times the size that the document gives itself, but no more than 16384 pixels wide
/// or high.
cpi_picture cpi_draw(const uint8_t *svg, size_t count, double scale, int32_t as_png);

void cpi_release(cpi_picture *picture);

#endif

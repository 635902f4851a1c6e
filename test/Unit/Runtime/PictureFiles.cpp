// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "PictureFiles.h"

#include <cstdio>
#include <cstdlib>
#include <jpeglib.h>
#include <png.h>

namespace nncc::test {

std::string pngOf(int width, int height, const PngForm &form, const std::vector<uint8_t> &rows) {
  std::string text;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  auto append = [](png_structp png, png_bytep bytes, size_t count) {
    static_cast<std::string *>(png_get_io_ptr(png))->append(reinterpret_cast<char *>(bytes), count);
  };
  png_set_write_fn(png, &text, append, nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), form.depth, form.type,
               form.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  std::vector<png_color> palette;
  for (size_t i = 0; i + 2 < form.palette.size(); i += 3)
    palette.push_back({form.palette[i], form.palette[i + 1], form.palette[i + 2]});
  if (!palette.empty())
    png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  if (!form.alphas.empty())
    png_set_tRNS(png, info, const_cast<png_bytep>(form.alphas.data()), static_cast<int>(form.alphas.size()), nullptr);
  png_write_info(png, info);
  std::vector<png_bytep> lines;
  for (int y = 0; y < height; ++y)
    lines.push_back(const_cast<png_bytep>(rows.data()) + static_cast<size_t>(y) * png_get_rowbytes(png, info));
  png_write_image(png, lines.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return text;
}

std::string pngOf(int width, int height, int channels, const std::vector<uint8_t> &pixels) {
  return pngOf(width, height, PngForm{channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, 8}, pixels);
}

std::string jpegOf(int width, int height, int components, const std::vector<uint8_t> &pixels, int quality,
                   bool progressive) {
  jpeg_compress_struct jpeg;
  jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char *bytes = nullptr;
  unsigned long count = 0;
  jpeg_mem_dest(&jpeg, &bytes, &count);
  jpeg.image_width = static_cast<JDIMENSION>(width);
  jpeg.image_height = static_cast<JDIMENSION>(height);
  jpeg.input_components = components;
  jpeg.in_color_space = components == 1 ? JCS_GRAYSCALE : components == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, quality, TRUE);
  if (progressive)
    jpeg_simple_progression(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(pixels.data()) +
                   static_cast<size_t>(jpeg.next_scanline) * static_cast<size_t>(width * components);
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  std::string text(reinterpret_cast<char *>(bytes), count);
  jpeg_destroy_compress(&jpeg);
  free(bytes);
  return text;
}

std::vector<uint8_t> smoothPixels(int width, int height, int channels, int shift) {
  std::vector<uint8_t> pixels;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c)
        pixels.push_back(static_cast<uint8_t>(40 + shift + 3 * x + 5 * y + 20 * c));
  return pixels;
}

} // namespace nncc::test

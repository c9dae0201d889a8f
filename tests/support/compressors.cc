#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <stdexcept>
#include <vector>

#include "support/tar_builder.h"

namespace minidock::store {

namespace {
void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("cannot compress: ") + what);
}
}  // namespace

std::string gzipped(std::string_view data, int level, const std::string& name) {
  z_stream stream = {};
  require(deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "gzip");
  gz_header header = {};
  std::string name_bytes = name;
  header.name = reinterpret_cast<Bytef*>(name_bytes.data());
  if (!name.empty()) deflateSetHeader(&stream, &header);
  std::string out(deflateBound(&stream, data.size()) + name.size() + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  require(deflate(&stream, Z_FINISH) == Z_STREAM_END, "gzip");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd_packed(std::string_view data, int window_log) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  if (window_log != 0) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_enableLongDistanceMatching, 1);
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  }
  std::string out(ZSTD_compressBound(data.size()) + 64, '\0');
  ZSTD_inBuffer from = {data.data(), data.size(), 0};
  ZSTD_outBuffer to = {out.data(), out.size(), 0};
  // By steps: told the whole size at once, the library would shrink the window to it.
  if (window_log != 0) ZSTD_compressStream2(context, &to, &from, ZSTD_e_flush);
  const size_t left = ZSTD_compressStream2(context, &to, &from, ZSTD_e_end);
  ZSTD_freeCCtx(context);
  require(left == 0, "zstd");
  out.resize(to.pos);
  return out;
}

namespace {
// The first block's header says that its dictionary has 4 GiB. xz file format 1.0.4, 3.1 and 5.3.1.
void claim_dictionary(std::string& xz) {
  constexpr size_t kStreamHeader = 12, kCrc = 4;
  constexpr char kFourGibibytes = 40;
  const size_t size = (static_cast<unsigned char>(xz[kStreamHeader]) + size_t{1}) * 4;
  const size_t filter = xz.find("\x21\x01", kStreamHeader);
  require(filter < kStreamHeader + size, "xz");
  xz[filter + 2] = kFourGibibytes;
  const uint32_t crc = lzma_crc32(reinterpret_cast<const uint8_t*>(xz.data()) + kStreamHeader, size - kCrc, 0);
  for (size_t i = 0; i < kCrc; ++i) xz[kStreamHeader + size - kCrc + i] = static_cast<char>(crc >> (8 * i));
}
}  // namespace

std::string xz_packed(std::string_view data, uint32_t window) {
  lzma_options_lzma options;
  require(!lzma_lzma_preset(&options, 0), "xz");
  if (window != 0) options.dict_size = window;
  lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
  std::string out(lzma_stream_buffer_bound(data.size()), '\0');
  size_t size = 0;
  require(lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const uint8_t*>(data.data()),
                                    data.size(), reinterpret_cast<uint8_t*>(out.data()), &size, out.size()) == LZMA_OK,
          "xz");
  out.resize(size);
  return out;
}

std::string xz_with_large_dictionary(std::string_view data) {
  std::string out = xz_packed(data);
  claim_dictionary(out);
  return out;
}

std::string bzip2_packed(std::string_view data) {
  std::string out(data.size() + data.size() / 50 + 1024, '\0');
  auto size = static_cast<unsigned>(out.size());
  require(BZ2_bzBuffToBuffCompress(out.data(), &size, const_cast<char*>(data.data()),
                                   static_cast<unsigned>(data.size()), 9, 0, 0) == BZ_OK,
          "bzip2");
  out.resize(size);
  return out;
}

}  // namespace minidock::store

/*
 * roofline.c - what reading or inflating alone costs: the least that a scan of
 * the same files could take
 *
 *     roofline read THREADS FILE...      reads the logits' bytes in pieces
 *     roofline inflate THREADS FILE...   fetches and inflates their chunks
 *
 * Same library, same threads, same buffers as aum-scan; nothing is computed.
 * Of contiguous logits, `read` reads the bytes where they lie; of chunks, both
 * take those that H5Dget_chunk_info() lists, found before the threads start.
 */
#include <fcntl.h>
#include <hdf5.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#else
#define ZLIB_CONST
#include <zlib.h>
#endif

#define PIECE (256u * 1024u)

struct piece {
    int fd;
    off_t at;
    size_t size;
    size_t inflated; /* 0: not compressed */
};

static struct piece *pieces;
static size_t piece_count;
static atomic_size_t next_piece;
static int inflating;

static void add_piece(int fd, off_t at, size_t size, size_t inflated)
{
    if ((piece_count & (piece_count - 1)) == 0)
        pieces = realloc(pieces, (piece_count * 2 + 1) * sizeof *pieces);
    pieces[piece_count++] = (struct piece){fd, at, size, inflated};
}

static void add_file(const char *path)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, "logits", H5P_DEFAULT);
    hid_t space = H5Dget_space(dataset);
    hid_t plist = H5Dget_create_plist(dataset);
    hid_t type = H5Dget_type(dataset);
    const int fd = open(path, O_RDONLY);
    if (dataset < 0 || fd < 0) {
        fprintf(stderr, "roofline: %s: cannot read\n", path);
        exit(1);
    }
    if (H5Pget_layout(plist) == H5D_CONTIGUOUS) {
        size_t left = (size_t)H5Dget_storage_size(dataset);
        off_t at = (off_t)H5Dget_offset(dataset);
        while (left > 0) {
            const size_t size = left < PIECE ? left : PIECE;
            add_piece(fd, at, size, 0);
            at += (off_t)size;
            left -= size;
        }
    } else {
        hsize_t chunk[2];
        hsize_t dims[2];
        H5Pget_chunk(plist, 2, chunk);
        H5Sget_simple_extent_dims(space, dims, NULL);
        const size_t inflated = chunk[0] * chunk[1] * H5Tget_size(type);
        for (hsize_t i = 0; i < dims[0]; i += chunk[0]) {
            for (hsize_t j = 0; j < dims[1]; j += chunk[1]) {
                const hsize_t where[2] = {i, j};
                haddr_t at;
                hsize_t size;
                unsigned mask;
                H5Dget_chunk_info_by_coord(dataset, where, &mask, &at, &size);
                add_piece(fd, (off_t)at, size, mask & 2 ? 0 : inflated);
            }
        }
    }
    H5Tclose(type);
    H5Pclose(plist);
    H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(file);
}

static void inflate_piece(void *inflater, const void *in, size_t size,
                          void *out, size_t out_size)
{
#ifdef HAVE_LIBDEFLATE
    libdeflate_zlib_decompress(inflater, in, size, out, out_size, NULL);
#else
    z_stream *stream = inflater;
    inflateReset(stream);
    stream->next_in = in;
    stream->avail_in = (uInt)size;
    stream->next_out = out;
    stream->avail_out = (uInt)out_size;
    inflate(stream, Z_FINISH);
#endif
}

static void *work(void *unused)
{
    size_t room = 0;
    size_t out_room = 0;
    unsigned char *in = NULL;
    unsigned char *out = NULL;
#ifdef HAVE_LIBDEFLATE
    void *inflater = libdeflate_alloc_decompressor();
#else
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    inflateInit(&stream);
    void *inflater = &stream;
#endif
    (void)unused;
    for (size_t i; (i = atomic_fetch_add(&next_piece, 1)) < piece_count;) {
        const struct piece *piece = &pieces[i];
        if (piece->size > room)
            in = realloc(in, room = piece->size);
        if (piece->inflated > out_room)
            out = realloc(out, out_room = piece->inflated);
        if (pread(piece->fd, in, piece->size, piece->at) !=
            (ssize_t)piece->size)
            exit(1);
        if (inflating && piece->inflated > 0)
            inflate_piece(inflater, in, piece->size, out, piece->inflated);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    inflating = strcmp(argv[1], "inflate") == 0;
    const int threads = atoi(argv[2]);
    for (int i = 3; i < argc; i++)
        add_file(argv[i]);
    pthread_t ids[64];
    for (int i = 1; i < threads && i < 64; i++)
        pthread_create(&ids[i], NULL, work, NULL);
    work(NULL);
    for (int i = 1; i < threads && i < 64; i++)
        pthread_join(ids[i], NULL);
    return 0;
}

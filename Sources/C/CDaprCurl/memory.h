#pragma once

#include <curl/curl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// Memory for libcurl. A request asks for some forty blocks and gives them back at its end, among them one of 16 KiB that
// malloc cuts from a larger one and joins again each time. Here each thread keeps the freed blocks in a list for each size,
// a power of two, and hands them out again. Longer ones are malloc's.

enum {
    CCURL_SMALLEST = 5,  // 32 bytes
    CCURL_LARGEST = 15,  // 32 KiB
    CCURL_LISTS = CCURL_LARGEST - CCURL_SMALLEST + 1,
    CCURL_KEPT = 128,  // blocks in a list, so that a thread keeps 8 MiB at most
};

// In front of each block. While the block is in a list, the next one; while it is in use, its list.
typedef union ccurl_block {
    union ccurl_block *next;
    size_t list;
    max_align_t alignment;
} ccurl_block;

// What a thread keeps.
typedef struct {
    struct {
        ccurl_block *first;
        int count;
    } lists[CCURL_LISTS];
    int end_is_heard_of;  // the lists are freed at the thread's end
} ccurl_kept;

// Variables live in functions: those of a header by itself are not known to the linker when Swift is its only user.
static inline ccurl_kept *ccurl_kept_here(void) {
    static _Thread_local ccurl_kept kept;
    return &kept;
}

static inline pthread_key_t *ccurl_thread_end(void) {
    static pthread_key_t key;
    return &key;
}

static inline void ccurl_free_kept(void *unused) {
    (void)unused;
    ccurl_kept *kept = ccurl_kept_here();
    for (int list = 0; list < CCURL_LISTS; list++) {
        for (ccurl_block *block; (block = kept->lists[list].first);) {
            kept->lists[list].first = block->next;
            free(block);
        }
        kept->lists[list].count = 0;
    }
    kept->end_is_heard_of = 0;
}

static inline size_t ccurl_list_of(size_t size) {
    if (size <= ((size_t)1 << CCURL_SMALLEST)) return 0;
    return (size_t)(64 - __builtin_clzl(size - 1)) - CCURL_SMALLEST;
}

static inline void *ccurl_malloc(size_t size) {
    if (size > SIZE_MAX - sizeof(ccurl_block)) return NULL;
    size += sizeof(ccurl_block);
    size_t list = ccurl_list_of(size);
    ccurl_block *block;
    ccurl_kept *kept = ccurl_kept_here();
    if (list >= CCURL_LISTS) {
        block = malloc(size);
    } else if ((block = kept->lists[list].first)) {
        kept->lists[list].first = block->next;
        kept->lists[list].count--;
    } else {
        block = malloc((size_t)1 << (list + CCURL_SMALLEST));
    }
    if (!block) return NULL;
    block->list = list;
    return block + 1;
}

static inline void ccurl_free(void *memory) {
    if (!memory) return;
    ccurl_block *block = (ccurl_block *)memory - 1;
    size_t list = block->list;
    ccurl_kept *kept = ccurl_kept_here();
    if (list >= CCURL_LISTS || kept->lists[list].count >= CCURL_KEPT) {
        free(block);
        return;
    }
    if (!kept->end_is_heard_of) {
        // Without the key's value the thread's end would not be heard of: then nothing is kept.
        if (pthread_setspecific(*ccurl_thread_end(), kept)) {
            free(block);
            return;
        }
        kept->end_is_heard_of = 1;
    }
    block->next = kept->lists[list].first;
    kept->lists[list].first = block;
    kept->lists[list].count++;
}

static inline void *ccurl_realloc(void *memory, size_t size) {
    if (!memory) return ccurl_malloc(size);
    ccurl_block *block = (ccurl_block *)memory - 1;
    size_t list = block->list;
    if (list >= CCURL_LISTS && size <= SIZE_MAX - sizeof *block && ccurl_list_of(size + sizeof *block) >= CCURL_LISTS) {
        ccurl_block *grown = realloc(block, size + sizeof *block);
        return grown ? grown + 1 : NULL;
    }
    size_t room = list < CCURL_LISTS ? ((size_t)1 << (list + CCURL_SMALLEST)) - sizeof *block : size;
    if (list < CCURL_LISTS && size <= room) return memory;
    void *moved = ccurl_malloc(size);
    if (!moved) return NULL;
    memcpy(moved, memory, room < size ? room : size);
    ccurl_free(memory);
    return moved;
}

static inline void *ccurl_calloc(size_t count, size_t size) {
    if (size && count > SIZE_MAX / size) return NULL;
    void *memory = ccurl_malloc(count * size);
    return memory ? memset(memory, 0, count * size) : NULL;
}

static inline char *ccurl_strdup(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = ccurl_malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

// There only in a program with AddressSanitizer, which must see each block come and go.
__attribute__((weak)) void __asan_init(void);

// Call it once, before any other function of libcurl. Where libcurl was initialised before, it keeps its memory functions.
static inline CURLcode ccurl_global_init(void) {
    if (&__asan_init || pthread_key_create(ccurl_thread_end(), ccurl_free_kept)) return curl_global_init(CURL_GLOBAL_ALL);
    return curl_global_init_mem(CURL_GLOBAL_ALL, ccurl_malloc, ccurl_free, ccurl_realloc, ccurl_strdup, ccurl_calloc);
}

#pragma once

#include <curl/curl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// Where one transfer reads its request from and writes its answer to. It belongs to one easy handle and is used again
// with it, so that a call allocates nothing once the buffers have grown.
typedef struct ccurl_exchange {
    // The request. libcurl copies neither the body nor the header list: they stay here until the transfer is over.
    char *request_body;
    size_t request_length, request_capacity;
    char *lines;  // header lines, each ended by NUL
    size_t lines_length, lines_capacity;
    struct curl_slist *nodes;
    size_t node_count, node_capacity;
    char *url;  // the whole URL, or its beginning where the request has a target of its own
    size_t url_capacity;
    char *target;
    size_t target_capacity;
    // The URL that the handle was last given, read already: set while the requests have targets of their own.
    CURLU *origin;
    char *origin_text;
    int is_origin_set;  // whether the handle goes to the origin, with a target
    // What the handle was last set to: a GET without anything, and its limits of time (0 before the first).
    int is_plain_get;
    long timeout_ms, connect_timeout_ms;
    // The answer.
    char *body;
    size_t length, capacity, limit;
    char *head;
    size_t head_length, head_capacity;
    int over_limit;  // the answer was longer than the limit
    int is_past_head;  // the head of the answer is whole, and no 1xx
    size_t trailer_length;
    CURL *easy;
    // How often libcurl began to send. It repeats a request by itself when a kept connection turns out to be dead;
    // what must not be sent twice is stopped in ccurl_before_request, unless nothing of it was sent at first.
    int attempts, may_repeat;
} ccurl_exchange;

static inline int ccurl_grow(char **buffer, size_t *capacity, size_t need) {
    if (need <= *capacity) return 1;
    size_t size = *capacity ? *capacity : 1024;
    while (size < need) size *= 2;
    char *grown = realloc(*buffer, size);
    if (!grown) return 0;
    *buffer = grown;
    *capacity = size;
    return 1;
}

static inline void ccurl_exchange_free(ccurl_exchange *x) {
    free(x->request_body);
    free(x->lines);
    free(x->nodes);
    free(x->url);
    free(x->target);
    curl_url_cleanup(x->origin);
    free(x->origin_text);
    free(x->body);
    free(x->head);
    free(x);
}

static inline void ccurl_exchange_reset(ccurl_exchange *x, size_t limit, int may_repeat) {
    x->request_length = x->lines_length = x->node_count = 0;
    x->length = x->head_length = 0;
    x->limit = limit;
    x->over_limit = 0;
    x->is_past_head = 0;
    x->trailer_length = 0;
    x->attempts = 0;
    x->may_repeat = may_repeat;
}

static inline int ccurl_set_request_body(ccurl_exchange *x, const void *bytes, size_t length) {
    if (!ccurl_grow(&x->request_body, &x->request_capacity, length ? length : 1)) return 0;
    if (length) memcpy(x->request_body, bytes, length);
    x->request_length = length;
    return 1;
}

// RFC 9110 section 5.6.2.
static inline int ccurl_is_token(const unsigned char *text, size_t length) {
    static const unsigned char is_mark[256] = {
        ['a' ... 'z'] = 1, ['A' ... 'Z'] = 1, ['0' ... '9'] = 1, ['!'] = 1,  ['#'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['\''] = 1,
        ['*'] = 1,         ['+'] = 1,         ['-'] = 1,         ['.'] = 1,  ['^'] = 1, ['_'] = 1, ['`'] = 1, ['|'] = 1, ['~'] = 1,
    };
    unsigned char all = length > 0;
    for (size_t i = 0; i < length; i++) all &= is_mark[text[i]];
    return all;
}

// Texts are looked through eight bytes at a time: a word of them, filled up with `fill` where fewer are left.
#define CCURL_EACH UINT64_C(0x0101010101010101)
#define CCURL_TOPS UINT64_C(0x8080808080808080)

static inline uint64_t ccurl_word(const unsigned char *text, size_t left, unsigned char fill) {
    uint64_t word = CCURL_EACH * fill;
    if (left >= sizeof word) {
        memcpy(&word, text, sizeof word);
    } else {
        memcpy(&word, text, left);
    }
    return word;
}

// Nothing when no byte of the word is less than `bound`, which is 128 at most.
static inline uint64_t ccurl_less(uint64_t word, unsigned char bound) {
    return (word - CCURL_EACH * bound) & ~word & CCURL_TOPS;
}

// Whether a header value holds nothing that would end the line: libcurl sends it as it is.
static inline int ccurl_is_value(const unsigned char *text, size_t length) {
    uint64_t low = 0;
    for (size_t i = 0; i < length; i += 8) low |= ccurl_less(ccurl_word(text + i, length - i, 'a'), '\r' + 1);
    if (!low) return 1;
    // It may be a tab.
    for (size_t i = 0; i < length; i++) {
        if (text[i] == 0 || text[i] == '\n' || text[i] == '\r') return 0;
    }
    return 1;
}

static inline int ccurl_is_ascii(const unsigned char *text, size_t length) {
    uint64_t all = 0;
    for (size_t i = 0; i < length; i += 8) all |= ccurl_word(text + i, length - i, 'a');
    return !(all & CCURL_TOPS);
}

// Whether a URL has no space or control character, which must be percent-encoded.
static inline int ccurl_is_url(const unsigned char *text, size_t length) {
    uint64_t bad = 0;
    for (size_t i = 0; i < length; i += 8) {
        uint64_t word = ccurl_word(text + i, length - i, 'a');
        // 0x7F becomes nothing.
        bad |= ccurl_less(word, ' ' + 1) | ccurl_less(word ^ CCURL_EACH * 0x7F, 1);
    }
    return !bad;
}

// Whether a URL is one of http or https. Said here, since libcurl takes long to read which it may use, and asks for it with every handle.
static inline int ccurl_is_web(const unsigned char *text, size_t length) {
    const char *url = (const char *)text;
    return (length > 7 && strncasecmp(url, "http://", 7) == 0) || (length > 8 && strncasecmp(url, "https://", 8) == 0);
}

// Keeps the URL, and the target where there is one. Returns 1, 0 without memory, -1 for what cannot be sent, -2 for another scheme.
static inline int ccurl_set_url(
    ccurl_exchange *x, const unsigned char *url, size_t length, const unsigned char *target, size_t target_length) {
    if (!ccurl_is_web(url, length)) return -2;
    if (!ccurl_is_url(url, length) || !ccurl_is_url(target, target_length)) return -1;
    if (target_length && (target[0] != '/' || memchr(target, '#', target_length))) return -1;
    if (!ccurl_grow(&x->url, &x->url_capacity, length + 1)) return 0;
    if (!ccurl_grow(&x->target, &x->target_capacity, target_length + 1)) return 0;
    if (length) memcpy(x->url, url, length);
    x->url[length] = 0;
    if (target_length) memcpy(x->target, target, target_length);
    x->target[target_length] = 0;
    return 1;
}

// Adds "name: value"; an empty value is written as "name;", which is how libcurl is told to send a field without one.
// Returns 1, 0 without memory, -1 for a name and -2 for a value that cannot be sent.
static inline int ccurl_add_header(
    ccurl_exchange *x, const void *name, size_t name_length, const void *value, size_t value_length) {
    if (!ccurl_is_token(name, name_length)) return -1;
    if (!ccurl_is_value(value, value_length)) return -2;
    size_t need = x->lines_length + name_length + value_length + 3;
    if (!ccurl_grow(&x->lines, &x->lines_capacity, need)) return 0;
    char *at = x->lines + x->lines_length;
    memcpy(at, name, name_length);
    at += name_length;
    if (value_length) {
        *at++ = ':';
        *at++ = ' ';
        memcpy(at, value, value_length);
        at += value_length;
    } else {
        *at++ = ';';
    }
    *at++ = 0;
    x->lines_length = (size_t)(at - x->lines);
    x->node_count++;
    return 1;
}

// Tells libcurl to leave out a field that it would add.
static inline int ccurl_remove_header(ccurl_exchange *x, const char *name) {
    size_t length = strlen(name);
    if (!ccurl_grow(&x->lines, &x->lines_capacity, x->lines_length + length + 2)) return 0;
    memcpy(x->lines + x->lines_length, name, length);
    memcpy(x->lines + x->lines_length + length, ":", 2);
    x->lines_length += length + 2;
    x->node_count++;
    return 1;
}

// The list libcurl wants, made last, since the lines may have moved while they grew.
static inline struct curl_slist *ccurl_header_list(ccurl_exchange *x) {
    if (!x->node_count) return NULL;
    if (x->node_count > x->node_capacity) {
        struct curl_slist *grown = realloc(x->nodes, 2 * x->node_count * sizeof *grown);
        if (!grown) return NULL;
        x->nodes = grown;
        x->node_capacity = 2 * x->node_count;
    }
    char *line = x->lines;
    for (size_t i = 0; i < x->node_count; i++) {
        x->nodes[i].data = line;
        x->nodes[i].next = i + 1 < x->node_count ? &x->nodes[i + 1] : NULL;
        line += strlen(line) + 1;
    }
    return x->nodes;
}

static inline long ccurl_status(CURL *easy) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static inline size_t ccurl_on_body(char *piece, size_t size, size_t count, void *exchange) {
    ccurl_exchange *x = exchange;
    size_t length = size * count;
    if (length > x->limit - x->length) {
        x->over_limit = 1;
        return 0;
    }
    if (!ccurl_grow(&x->body, &x->capacity, x->length + length)) return 0;
    memcpy(x->body + x->length, piece, length);
    x->length += length;
    return length;
}

static inline size_t ccurl_on_header(char *line, size_t size, size_t count, void *exchange) {
    ccurl_exchange *x = exchange;
    size_t length = size * count;
    // Trailers come as header lines do, without an empty line behind them. Nobody asks for them here; RFC 9110 section 6.5.1 lets them go.
    if (x->is_past_head) {
        x->trailer_length += length;
        if (x->trailer_length <= 256 * 1024) return length;
        x->over_limit = 1;
        return 0;
    }
    // A status line begins a new head: what came before it was a 1xx.
    if (length >= 5 && memcmp(line, "HTTP/", 5) == 0) x->head_length = 0;
    if (x->head_length + length > 256 * 1024) {
        x->over_limit = 1;
        return 0;
    }
    if (!ccurl_grow(&x->head, &x->head_capacity, x->head_length + length)) return 0;
    memcpy(x->head + x->head_length, line, length);
    x->head_length += length;
    int is_empty = length > 0 && line[length - 1] == '\n' && (length == 1 || (length == 2 && line[0] == '\r'));
    if (is_empty && ccurl_status(x->easy) >= 200) x->is_past_head = 1;
    return length;
}

// Whether libcurl may send the request. A second time only when it may be repeated, or when nothing of it went out the first time.
static inline int ccurl_before_request(void *exchange, char *a, char *b, int c, int d) {
    (void)a, (void)b, (void)c, (void)d;
    ccurl_exchange *x = exchange;
    long sent = 0;
    if (++x->attempts > 1 && !x->may_repeat && (curl_easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &sent) != CURLE_OK || sent > 0)) {
        return CURL_PREREQFUNC_ABORT;
    }
    x->length = x->head_length = x->trailer_length = 0;
    x->is_past_head = 0;
    return CURL_PREREQFUNC_OK;
}

#define SET(option, value) \
    if (code == CURLE_OK) code = curl_easy_setopt(easy, option, value)

// The options that never change, once a handle: those that libcurl has otherwise by itself, since each costs some (it shows no progress,
// follows no redirects and has no delay of Nagle's). `curl_easy_setopt` is variadic, which Swift cannot call.
static inline CURLcode ccurl_prepare(
    CURL *easy, ccurl_exchange *x, const char *unix_socket, const char *authorities, curl_closesocket_callback on_close,
    void *on_close_data) {
    CURLcode code = CURLE_OK;
    x->easy = easy;
    // A new handle is set to no more than that it is to GET.
    x->is_plain_get = 1;
    x->timeout_ms = x->connect_timeout_ms = 0;
    x->is_origin_set = 0;
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_PROXY, "");  // http_proxy in the environment would catch 127.0.0.1 as well
    SET(CURLOPT_NOPROXY, "*");  // else the environment is searched for no_proxy at each request
    SET(CURLOPT_WRITEFUNCTION, ccurl_on_body);
    SET(CURLOPT_WRITEDATA, x);
    SET(CURLOPT_HEADERFUNCTION, ccurl_on_header);
    SET(CURLOPT_HEADERDATA, x);
    SET(CURLOPT_PREREQFUNCTION, ccurl_before_request);
    SET(CURLOPT_PREREQDATA, x);
    SET(CURLOPT_CLOSESOCKETFUNCTION, on_close);
    SET(CURLOPT_CLOSESOCKETDATA, on_close_data);
    if (unix_socket) SET(CURLOPT_UNIX_SOCKET_PATH, unix_socket);
    if (authorities) {
        SET(CURLOPT_CAINFO, authorities);
        SET(CURLOPT_CAPATH, NULL);  // else the system's folder of certificates counts as well
    }
    return code;
}

// Where the request goes. Reading a URL costs libcurl a tenth of a request: the origin is read once, and the target, which
// differs, is sent as it stands.
static inline CURLcode ccurl_load_url(CURL *easy, ccurl_exchange *x) {
    CURLcode code = CURLE_OK;
    if (!x->target[0]) {
        if (x->is_origin_set) {
            SET(CURLOPT_CURLU, NULL);
            SET(CURLOPT_REQUEST_TARGET, NULL);
            x->is_origin_set = 0;
        }
        SET(CURLOPT_URL, x->url);
        return code;
    }
    if (!x->origin_text || strcmp(x->origin_text, x->url)) {
        free(x->origin_text);
        x->origin_text = NULL;
        if (!x->origin && !(x->origin = curl_url())) return CURLE_OUT_OF_MEMORY;
        if (curl_url_set(x->origin, CURLUPART_URL, x->url, 0)) return CURLE_URL_MALFORMAT;
        if (!(x->origin_text = strdup(x->url))) return CURLE_OUT_OF_MEMORY;
        x->is_origin_set = 0;
    }
    if (!x->is_origin_set) {
        // The text as well, which libcurl would put together again.
        SET(CURLOPT_URL, x->url);
        SET(CURLOPT_CURLU, x->origin);
        x->is_origin_set = 1;
    }
    SET(CURLOPT_REQUEST_TARGET, x->target);
    return code;
}

// The options that differ between requests. The handle keeps those of the last one, so each is set when it changes; what
// points into the exchange is set every time, since the buffers may have moved.
static inline CURLcode ccurl_load(
    CURL *easy, ccurl_exchange *x, const char *method, int has_body, long timeout_ms, long connect_timeout_ms) {
    CURLcode code = ccurl_load_url(easy, x);
    int is_head = strcmp(method, "HEAD") == 0, is_get = strcmp(method, "GET") == 0, is_post = strcmp(method, "POST") == 0;
    SET(CURLOPT_HTTPHEADER, ccurl_header_list(x));
    if (has_body || is_post) {
        x->is_plain_get = 0;
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->request_length);
        SET(CURLOPT_POSTFIELDS, x->request_body ? x->request_body : "");
        SET(CURLOPT_CUSTOMREQUEST, is_post ? NULL : method);
    } else if (!is_get || !x->is_plain_get) {
        SET(CURLOPT_POSTFIELDS, NULL);
        SET(CURLOPT_HTTPGET, 1L);
        if (is_head) SET(CURLOPT_NOBODY, 1L);
        SET(CURLOPT_CUSTOMREQUEST, is_get || is_head ? NULL : method);
        x->is_plain_get = is_get && code == CURLE_OK;
    }
    if (timeout_ms != x->timeout_ms || connect_timeout_ms != x->connect_timeout_ms) {
        SET(CURLOPT_TIMEOUT_MS, timeout_ms);
        SET(CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
        x->timeout_ms = code == CURLE_OK ? timeout_ms : 0;
        x->connect_timeout_ms = connect_timeout_ms;
    }
    return code;
}

#undef SET

static inline unsigned ccurl_version_number(void) { return curl_version_info(CURLVERSION_NOW)->version_num; }

static inline CURLcode ccurl_set_private(CURL *easy, void *data) { return curl_easy_setopt(easy, CURLOPT_PRIVATE, data); }

static inline CURLcode ccurl_set_error_buffer(CURL *easy, char *buffer) {
    return curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, buffer);
}

static inline void *ccurl_private(CURL *easy) {
    char *data = NULL;
    return curl_easy_getinfo(easy, CURLINFO_PRIVATE, &data) == CURLE_OK ? data : NULL;
}

static inline CURLMcode ccurl_multi_prepare(
    CURLM *multi, curl_socket_callback on_socket, curl_multi_timer_callback on_timer, void *data, long connections) {
    CURLMcode code = CURLM_OK;
#define SET(option, value) \
    if (code == CURLM_OK) code = curl_multi_setopt(multi, option, value)
    SET(CURLMOPT_SOCKETFUNCTION, on_socket);
    SET(CURLMOPT_SOCKETDATA, data);
    SET(CURLMOPT_TIMERFUNCTION, on_timer);
    SET(CURLMOPT_TIMERDATA, data);
    SET(CURLMOPT_MAXCONNECTS, connections);  // the default moves with the number of handles, and closes connections in use
    SET(CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
#undef SET
    return code;
}

// The next transfer that is over, or NULL.
static inline CURL *ccurl_next_done(CURLM *multi, CURLcode *result) {
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left))) {
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return message->easy_handle;
        }
    }
    return NULL;
}

// The floor under an HTTP client on libcurl: its multi interface driven from C by one epoll thread, handles and their options kept,
// registrations kept as well. Nothing is parsed, nothing is copied twice, nothing is checked.
//
//     yardstick-libcurl URL CALLERS SECONDS        prints the CPU microseconds a call took
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

typedef struct {
    CURL *easy;
    struct curl_slist *headers;
    size_t length;
    char body[32768];
} call;

static int ep;
static long timeout = -1;
static unsigned registered[65536], wanted[65536];

static size_t on_body(char *bytes, size_t size, size_t count, void *context) {
    call *c = context;
    size_t n = size * count;
    if (c->length + n > sizeof c->body) return 0;
    memcpy(c->body + c->length, bytes, n);
    c->length += n;
    return n;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes, (void)context;
    return size * count;
}

static int on_socket(CURL *easy, curl_socket_t s, int what, void *context, void *socket_context) {
    (void)easy, (void)context, (void)socket_context;
    unsigned mask = 0;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) mask |= EPOLLIN;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) mask |= EPOLLOUT;
    wanted[s] = mask;
    if (!mask || registered[s] == mask) return 0;
    struct epoll_event event = {.events = mask, .data = {.fd = s}};
    if (epoll_ctl(ep, registered[s] ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, s, &event))
        epoll_ctl(ep, registered[s] ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, s, &event);
    registered[s] = mask;
    return 0;
}

static int on_timer(CURLM *multi, long milliseconds, void *context) {
    (void)multi, (void)context;
    timeout = milliseconds;
    return 0;
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

static void load(call *c, const char *url) {
    c->length = 0;
    curl_slist_free_all(c->headers);
    c->headers = curl_slist_append(NULL, "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    curl_easy_setopt(c->easy, CURLOPT_URL, url);
    curl_easy_setopt(c->easy, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, NULL);
    curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
}

int main(int count, char **arguments) {
    if (count < 4) {
        fprintf(stderr, "usage: yardstick-libcurl URL CALLERS SECONDS\n");
        return 2;
    }
    const char *url = arguments[1];
    int callers = atoi(arguments[2]), running;
    double span = atof(arguments[3]);
    curl_global_init(CURL_GLOBAL_ALL);
    ep = epoll_create1(0);
    CURLM *multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 1024L);
    for (int i = 0; i < callers; i++) {
        call *c = calloc(1, sizeof *c);
        c->easy = curl_easy_init();
        curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
        curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_body);
        curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
        curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, on_header);
        curl_easy_setopt(c->easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS, 5000L);
        curl_easy_setopt(c->easy, CURLOPT_PROXY, "");
        curl_easy_setopt(c->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
        load(c, url);
        curl_multi_add_handle(multi, c->easy);
    }
    struct epoll_event events[256];
    double begin = seconds(), warm = begin + 0.5, end = warm + span, cpu_at_warm = 0;
    unsigned long calls = 0, calls_at_warm = 0, failures = 0;
    int is_warm = 0;
    for (double now; (now = seconds()) < end;) {
        if (!is_warm && now >= warm) {
            is_warm = 1;
            calls_at_warm = calls;
            cpu_at_warm = cpu();
        }
        int ready = epoll_wait(ep, events, 256, timeout < 0 ? 1000 : (int)timeout);
        if (timeout == 0 || ready == 0) {
            timeout = -1;
            curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        for (int i = 0; i < ready; i++) {
            int s = events[i].data.fd;
            if (!wanted[s]) {
                epoll_ctl(ep, EPOLL_CTL_DEL, s, NULL);
                registered[s] = 0;
                continue;
            }
            int mask = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0);
            curl_multi_socket_action(multi, s, mask, &running);
        }
        CURLMsg *message;
        for (int left; (message = curl_multi_info_read(multi, &left));) {
            call *c;
            CURL *easy = message->easy_handle;
            curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&c);
            if (message->data.result != CURLE_OK || c->length == 0) failures++;
            calls++;
            curl_multi_remove_handle(multi, easy);
            load(c, url);
            curl_multi_add_handle(multi, easy);
        }
    }
    if (failures) fprintf(stderr, "yardstick-libcurl: %lu of %lu calls failed\n", failures, calls);
    printf("%.3f\n", (cpu() - cpu_at_warm) / (double)(calls - calls_at_warm));
    return failures != 0;
}

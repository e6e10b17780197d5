// The floor under an HTTP server on libmicrohttpd: one thread, its epoll descriptor in ours, one answer made beforehand.
//
//     yardstick-microhttpd PORT           answers in the handler
//     yardstick-microhttpd PORT waiting   suspends each request and resumes it, as one that waits for something must
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

static const char body[] = "{\"id\":\"018f\",\"title\":\"Buy milk\",\"done\":false}";
static struct MHD_Connection *suspended[8192];
static int suspended_count, waits;

static enum MHD_Result answer(
    void *context, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
    const char *upload, size_t *size, void **state) {
    (void)context, (void)url, (void)method, (void)version, (void)upload;
    static int seen, resumed;
    if (!*state) {
        *state = &seen;
        return MHD_YES;
    }
    if (*size) {
        *size = 0;
        return MHD_YES;
    }
    if (waits && *state == &seen) {
        *state = &resumed;
        MHD_suspend_connection(connection);
        suspended[suspended_count++] = connection;
        return MHD_YES;
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(sizeof body - 1, (void *)body, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

int main(int count, char **arguments) {
    if (count < 2) {
        fprintf(stderr, "usage: yardstick-microhttpd PORT [waiting]\n");
        return 2;
    }
    waits = count > 2 && strcmp(arguments[2], "waiting") == 0;
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME, (unsigned short)atoi(arguments[1]), NULL, NULL, answer, NULL,
        MHD_OPTION_CONNECTION_LIMIT, 4096u, MHD_OPTION_END);
    if (!daemon) {
        fprintf(stderr, "yardstick-microhttpd: cannot listen on port %s\n", arguments[1]);
        return 1;
    }
    int ep = epoll_create1(0), fd = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    struct epoll_event event = {.events = EPOLLIN}, events[8];
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event);
    for (;;) {
        // What was resumed may be ready already: then the time to wait is 0.
        MHD_UNSIGNED_LONG_LONG wait = 1000;
        MHD_get_timeout(daemon, &wait);
        epoll_wait(ep, events, 8, wait < 1000 ? (int)wait : 1000);
        MHD_run(daemon);
        for (int i = 0; i < suspended_count; i++) MHD_resume_connection(suspended[i]);
        if (suspended_count) {
            suspended_count = 0;
            MHD_run(daemon);
        }
    }
}

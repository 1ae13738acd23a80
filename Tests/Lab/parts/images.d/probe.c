/* What the lab's pods run: one static program that listens, dials, asks and answers DNS, and dies in several manners. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int seconds_to_end;

static void end_now(int signal) { (void)signal; _exit(0); }
static void end_slowly(int signal) { (void)signal; sleep(seconds_to_end); _exit(0); }

static int fail(const char *what) { perror(what); return 1; }

static int server(int type, int port) {
    int s = socket(AF_INET, type, 0), yes = 1;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = INADDR_ANY};
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof a) < 0) { perror("bind"); exit(1); }
    if (type == SOCK_STREAM && listen(s, 64) < 0) { perror("listen"); exit(1); }
    return s;
}

/* Answers every HTTP request with 200, the text, the host's name and how many requests came so far. */
static int do_listen(int port, const char *text) {
    int s = server(SOCK_STREAM, port);
    unsigned long count = 0;
    char host[256] = "", request[4096], body[1024], head[256];
    gethostname(host, sizeof host - 1);
    for (;;) {
        int c = accept(s, 0, 0);
        if (c < 0) continue;
        struct timeval limit = {.tv_sec = 5};
        setsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        if (read(c, request, sizeof request) > 0) {
            int n = snprintf(body, sizeof body, "%s %s %lu\n", text, host, ++count);
            int h = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", n);
            if (write(c, head, h) < 0 || write(c, body, n) < 0) {}
        }
        close(c);
    }
}

static int do_dial(const char *host, int port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct timeval limit = {.tv_sec = 5};
    char answer[1024];
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (inet_pton(AF_INET, host, &a.sin_addr) != 1) { fprintf(stderr, "%s is no address\n", host); return 1; }
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(s, (struct sockaddr *)&a, sizeof a) < 0) return fail("connect");
    if (write(s, "GET / HTTP/1.0\r\n\r\n", 18) != 18) return fail("write");
    ssize_t n = read(s, answer, sizeof answer - 1);
    if (n <= 0) return fail("read");
    if (write(1, answer, n) != n) return 1;
    return 0;
}

static int encode_name(const char *name, unsigned char *out) {
    unsigned char *start = out;
    while (*name) {
        size_t n = strcspn(name, ".");
        *out++ = n;
        memcpy(out, name, n);
        out += n;
        name += n + (name[n] == '.');
    }
    *out++ = 0;
    return out - start;
}

static int do_dns(const char *name, const char *address, int port) {
    unsigned char packet[512] = {0x12, 0x34, 1, 0, 0, 1}, answer[512];
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct timeval limit = {.tv_sec = 3};
    char text[INET_ADDRSTRLEN];
    int s = socket(AF_INET, SOCK_DGRAM, 0), n = 12 + encode_name(name, packet + 12);
    memcpy(packet + n, "\0\1\0\1", 4);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (inet_pton(AF_INET, address, &a.sin_addr) != 1) return 1;
    if (sendto(s, packet, n + 4, 0, (struct sockaddr *)&a, sizeof a) < 0) return fail("sendto");
    ssize_t size = recv(s, answer, sizeof answer, 0);
    if (size < 0) return fail("no answer");
    if (size < n + 4 + 16 || answer[7] == 0) { fprintf(stderr, "%s is not known\n", name); return 1; }
    puts(inet_ntop(AF_INET, answer + size - 4, text, sizeof text));
    return 0;
}

/* Answers A queries from lines "name address" of a file. */
static int do_dnsd(int port, const char *path) {
    int s = server(SOCK_DGRAM, port);
    for (;;) {
        unsigned char p[512];
        char name[256] = "", known[256], address[64];
        struct sockaddr_in from;
        socklen_t length = sizeof from;
        ssize_t size = recvfrom(s, p, sizeof p - 16, 0, (struct sockaddr *)&from, &length);
        if (size < 17) continue;
        int at = 12, out = 0;
        while (at < size && p[at] && out + p[at] + 1 < (int)sizeof name) {
            memcpy(name + out, p + at + 1, p[at]);
            out += p[at];
            at += p[at] + 1;
            if (p[at]) name[out++] = '.';
        }
        int end = at + 5;
        if (end > size) continue;
        p[2] = 0x81; p[3] = 0x83; p[6] = p[7] = p[8] = p[9] = p[10] = p[11] = 0;
        FILE *f = fopen(path, "r");
        while (f && fscanf(f, "%255s %63s", known, address) == 2)
            if (!strcasecmp(known, name)) {
                memcpy(p + end, "\xc0\x0c\0\1\0\1\0\0\0\5\0\4", 12);
                inet_pton(AF_INET, address, p + end + 12);
                p[3] = 0x80; p[7] = 1;
                end += 16;
                break;
            }
        if (f) fclose(f);
        sendto(s, p, end, 0, (struct sockaddr *)&from, length);
    }
}

static int do_write(const char *path, int megabytes) {
    static char block[1 << 20];
    FILE *f = fopen(path, "w");
    if (!f) return fail(path);
    for (int i = 0; i < megabytes; i++) fwrite(block, sizeof block, 1, f);
    fclose(f);
    for (;;) pause();
}

int main(int n, char **v) {
    const char *verb = n > 1 ? v[1] : "";
    signal(SIGTERM, end_now);
    signal(SIGPIPE, SIG_IGN);
    if (!strcmp(verb, "listen") && n >= 3) return do_listen(atoi(v[2]), n > 3 ? v[3] : "ok");
    if (!strcmp(verb, "dial") && n == 4) return do_dial(v[2], atoi(v[3]));
    if (!strcmp(verb, "dns") && n >= 4) return do_dns(v[2], v[3], n > 4 ? atoi(v[4]) : 53);
    if (!strcmp(verb, "dnsd") && n == 4) return do_dnsd(atoi(v[2]), v[3]);
    if (!strcmp(verb, "write") && n == 4) return do_write(v[2], atoi(v[3]));
    if (!strcmp(verb, "sleep")) for (;;) pause();
    if (!strcmp(verb, "stubborn")) { signal(SIGTERM, SIG_IGN); for (;;) pause(); }
    if (!strcmp(verb, "slow") && n == 3) {
        seconds_to_end = atoi(v[2]);
        signal(SIGTERM, end_slowly);
        for (;;) pause();
    }
    fprintf(stderr, "probe listen PORT [TEXT] | dial ADDRESS PORT | dns NAME SERVER [PORT] | dnsd PORT FILE |\n"
                    "      write FILE MB | sleep | stubborn | slow SECONDS\n");
    return 2;
}

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef void take(const struct inet_diag_msg *socket, void *context);

static int take_all(int descriptor, take *take, void *context) {
    _Alignas(struct nlmsghdr) char buffer[32768];
    for (;;) {
        ssize_t size = recv(descriptor, buffer, sizeof buffer, 0);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return -1;
        unsigned int left = (unsigned int)size;
        for (struct nlmsghdr *head = (void *)buffer; NLMSG_OK(head, left); head = NLMSG_NEXT(head, left)) {
            if (head->nlmsg_type == SOCK_DIAG_BY_FAMILY) take(NLMSG_DATA(head), context);
            if (head->nlmsg_type != NLMSG_DONE && head->nlmsg_type != NLMSG_ERROR) continue;
            // Both begin with 0 or a negative error number: a kernel without tcp_diag says so at the end.
            int error = *(int *)NLMSG_DATA(head);
            if (error >= 0) return 0;
            errno = -error;
            return -1;
        }
    }
}

// Has `take` called with each TCP socket of a family that is in one of these states, at a local port or (0) at any.
static int each_socket(int family, uint32_t states, uint16_t port, take *take, void *context) {
    struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 request;
    } question = {
        .head = {.nlmsg_len = sizeof question, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .request = {.sdiag_family = (uint8_t)family, .sdiag_protocol = IPPROTO_TCP, .idiag_states = states,
                    .id = {.idiag_sport = htons(port)}},
    };
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (descriptor < 0) return -1;
    ssize_t sent = sendto(descriptor, &question, sizeof question, 0, (struct sockaddr *)&kernel, sizeof kernel);
    int result = sent < 0 ? -1 : take_all(descriptor, take, context);
    int failure = errno;
    close(descriptor);
    errno = failure;
    return result;
}

static void take_retries(const struct inet_diag_msg *socket, void *context) {
    uint8_t *most = (uint8_t *)context + ntohs(socket->id.idiag_sport);
    uint8_t retries = socket->idiag_retrans < 255 ? socket->idiag_retrans + 1 : 255;
    if (retries > *most) *most = retries;
}

int clinux_handshake_retries(int family, uint16_t port, uint8_t *most) {
    return each_socket(family, 1 << TCP_SYN_RECV, port, take_retries, most);
}

struct roll {
    clinux_listener *listeners;
    int room, count;
};

static void take_listener(const struct inet_diag_msg *socket, void *context) {
    struct roll *roll = context;
    if (roll->count < roll->room) {
        clinux_listener *listener = &roll->listeners[roll->count];
        memcpy(&listener->address, socket->id.idiag_src, sizeof listener->address);
        listener->port = ntohs(socket->id.idiag_sport);
        listener->inode = socket->idiag_inode;
    }
    roll->count++;
}

int clinux_listeners(int family, uint16_t port, clinux_listener *listeners, int room) {
    struct roll roll = {.listeners = listeners, .room = room};
    return each_socket(family, 1 << TCP_LISTEN, port, take_listener, &roll) < 0 ? -1 : roll.count;
}

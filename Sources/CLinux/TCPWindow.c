// Apart from the rest: the kernel's header of TCP and the C library's cannot be read together, and only the kernel's has
// the newer fields.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

int clinux_peer_window(int socket, uint32_t *window) {
    struct tcp_info info;
    socklen_t length = sizeof info;
    memset(&info, 0, sizeof info);
    int result = getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length);
    if (result == 0) {
        int is_told = length >= offsetof(struct tcp_info, tcpi_snd_wnd) + sizeof info.tcpi_snd_wnd;
        *window = is_told ? info.tcpi_snd_wnd : UINT32_MAX;
    }
    return result;
}

// Holds the kernel's lock of an open socket or file, as a worker that was taken over can: a call whose argument lies in
// memory that never comes faults while the lock is held. (Others use a file system of their own for it; userfaultfd(2) is
// simpler, and needs root or vm.unprivileged_userfaultfd.)
//
//   lock-holder DESCRIPTOR linger|write|receive
//
// Prints a line when the memory is ready, and ends when it is killed.
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int count, char **words) {
    if (count != 3) return 64;
    int descriptor = atoi(words[1]);
    long page = sysconf(_SC_PAGESIZE);
    int faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
    struct uffdio_api api = {.api = UFFD_API};
    if (faults < 0 || ioctl(faults, UFFDIO_API, &api) < 0) return perror("userfaultfd"), 69;
    char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, page);
    struct uffdio_register range = {
        .range = {.start = (unsigned long)(memory + page), .len = page}, .mode = UFFDIO_REGISTER_MODE_MISSING};
    if (ioctl(faults, UFFDIO_REGISTER, &range) < 0) return perror("UFFDIO_REGISTER"), 69;
    puts("holds");
    fflush(stdout);
    char *edge = memory + page - 4;
    if (strcmp(words[2], "linger") == 0) setsockopt(descriptor, SOL_SOCKET, SO_LINGER, edge, sizeof(struct linger));
    if (strcmp(words[2], "write") == 0) (void)!write(descriptor, edge, 4096);
    if (strcmp(words[2], "receive") == 0) recv(descriptor, edge, 4096, MSG_PEEK);
    perror("the call came back");
    return 1;
}

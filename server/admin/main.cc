// sightline-admin: looks after a store's directory while no server has it open. docs/operations.md.

#include <cstdio>

#include "server/admin/command_line.h"

int main(int argc, char** argv) {
  return static_cast<int>(sightline::server::RunAdmin(argc, argv, stdout, stderr));
}

"""The rim: everything that touches processes, files, git or the network, behind the protocols of `healer.ports`."""

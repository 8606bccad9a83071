"""`python -m localstack_host.function HANDLER`: AWS's runtime client, bound to LocalStack's life."""

import sys

from awslambdaric.__main__ import main

from localstack_host.bound import die_with_parent

if __name__ == "__main__":
    die_with_parent()
    main(sys.argv)

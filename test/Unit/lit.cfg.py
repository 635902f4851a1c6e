"""GoogleTest programs: every executable below the build's test/Unit whose name ends in Tests."""
import os

import lit.formats

config.name = "nncc-unit"
config.test_format = lit.formats.GoogleTest(".", "Tests")
config.suffixes = []
config.excludes = ["CMakeFiles"]
config.test_source_root = os.path.join(config.nncc_binary_dir, "test", "Unit")
config.test_exec_root = config.test_source_root

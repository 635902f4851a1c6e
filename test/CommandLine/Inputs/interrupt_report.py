"""Runs a training until its page shows an epoch, sends it SIGINT: interrupt_report.py PAGE COMMAND..."""
import os
import re
import signal
import subprocess
import sys
import time

page = sys.argv[1]
training = subprocess.Popen(sys.argv[2:])
watched = False
for _ in range(600):
    time.sleep(0.05)
    text = open(page, encoding="utf-8").read() if os.path.exists(page) else ""
    if re.search(r"Training: [1-9]\d* of", text) and "http-equiv" in text:
        watched = True
        break
training.send_signal(signal.SIGINT)
print(f"watched: {watched}, status {training.wait(60)}")

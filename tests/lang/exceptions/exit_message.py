# SystemExit with a message prints it to the error output and gives 1.
import sys

print("out")
sys.exit("the message")

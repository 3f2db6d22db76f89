# What an uncaught mistyped name looks like.
class Account:
    balance = 1

    def deposit(self, amount):
        self.balance += amount


account = Account()
for statement in ("account.depsoit(1)", "acount.balance", "import maths", "from math import sqr", "account.deposit(amuont=1)"):
    try:
        exec(statement)
    except Exception:
        import traceback
        print(traceback.format_exc().splitlines()[-1])
account.blance

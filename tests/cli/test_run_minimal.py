"""What a model changes beside the repair is not delivered: real replies, a real repository, real runs of pytest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.model_server import Says, model_server
from tests.shop import FILES, PYTEST, WRONG_SIGN

if TYPE_CHECKING:
    from tests.shop import Shop

REPLY = '''\
Root cause: the discount is added. I also tidied up a little.

```diff
--- a/shop/cart.py
+++ b/shop/cart.py
@@
-def total(prices, discount=0):
-    amount = 0
-    for price in prices:
-        amount += price
-    return amount + discount
+def total(prices, discount=0):
+    """Return the sum of the prices less the discount."""
+    amount = 0
+    for one_price in prices:
+        amount += one_price
+
+    return amount - discount
--- a/job.py
+++ b/job.py
@@
 from shop.cart import total

-print(total([1, 2, 3]))
+PRICES = [1, 2, 3]
+print(total(PRICES))
```
'''


def test_only_the_repair_is_delivered(shop: Shop) -> None:
    shop.break_it(WRONG_SIGN)
    with model_server(Says(REPLY)) as server:
        environment = {"ANTHROPIC_API_KEY": "sk-ant-made-up", "ANTHROPIC_BASE_URL": server.url}
        document = shop.heal("--engine=anthropic", "--format=json", "--", *PYTEST, environment=environment).document

    assert (document["outcome"], document["verified"]) == ("fixed", True)
    assert shop.git("show", f"{document['branch']}:shop/cart.py") + "\n" == FILES["shop/cart.py"]
    assert shop.git("diff", "--name-only", "main", document["branch"]) == "shop/cart.py"
    attempt = document["attempts"][-1]
    assert attempt["verdict"] == "verified"
    assert "6 were left out, with all that it changed in job.py" in attempt["why"]
    assert "one_price" not in attempt["diff"]

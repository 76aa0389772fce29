"""Projects of other toolchains, set up by detection alone, repaired and proved with the toolchain's own runner."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from healer.adapters.setup.preparing import settings_files
from healer.adapters.toolchain import INSTALLING
from tests.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Mapping

CART = """\
package shop;

public class Cart {
    public static int total(int[] prices, int discount) {
        int amount = 0;
        for (int price : prices) {
            amount += price;
        }
        return amount - discount;
    }
}
"""
JAVA_TEST = """\
package shop;

import static org.junit.Assert.assertEquals;
import org.junit.Test;

public class CartTest {
    @Test public void sum() { assertEquals(3, Cart.total(new int[] {1, 2}, 0)); }
    @Test public void discount() { assertEquals(3, Cart.total(new int[] {5}, 2)); }
}
"""
BUILD = """\
apply plugin: 'java'
repositories { maven { url 'file:///usr/share/maven-repo' } }
dependencies { testCompile 'junit:junit:4.13.2' }
"""
STALE = (
    '<testsuite name="shop.OldTest" tests="9" failures="9">'
    + "".join(
        f'<testcase name="t{n}" classname="shop.OldTest"><failure message="old"/></testcase>' for n in range(9)
    )
    + "</testsuite>"
)  # fmt: skip
NODE_CART = """\
const isNumber = require('is-number');

function total(prices, discount = 0) {
  let amount = 0;
  for (const price of prices) {
    if (!isNumber(price)) throw new TypeError('price');
    amount += price;
  }
  return amount - discount;
}
module.exports = { total };
"""
NODE_TEST = """\
const test = require('node:test');
const assert = require('node:assert');
const { total } = require('../lib/cart.js');

test('sum', () => assert.strictEqual(total([1, 2]), 3));
test('discount', () => assert.strictEqual(total([5], 2), 3));
"""
PACKAGE = (
    '{"name": "shop", "version": "1.0.0", "private": true, "scripts": {"test": "node --test"},'
    ' "dependencies": {"is-number": "7.0.0"}}\n'
)
GRADLE = pytest.mark.skipif(
    not (shutil.which("gradle") and Path("/usr/share/maven-repo/junit/junit/4.13.2").is_dir()),
    reason="needs Gradle 4 and Debian's Maven repository with JUnit 4",
)
MANAGERS = {"pnpm": "pnpm@10", "yarn classic": "yarn@1", "yarn": "@yarnpkg/cli-dist@4"}


def project(path: Path, files: Mapping[str, str]) -> Shop:
    """Return a project whose newest commit is its fault."""
    made = Shop(path / "project")
    made.path.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    for name, text in {**files, "notes.txt": f"{path}\n"}.items():  # nothing that was set up before is for these files
        made.write(name, text)
    return made


POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.example</groupId><artifactId>shop</artifactId><version>1</version>
  <properties>
    <maven.compiler.source>17</maven.compiler.source><maven.compiler.target>17</maven.compiler.target>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies><dependency>
    <groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId><version>5.11.4</version><scope>test</scope>
  </dependency></dependencies>
  <build><plugins>
    <plugin><artifactId>maven-resources-plugin</artifactId><version>3.3.1</version></plugin>
    <plugin><artifactId>maven-compiler-plugin</artifactId><version>3.13.0</version></plugin>
    <plugin><artifactId>maven-surefire-plugin</artifactId><version>3.2.5</version></plugin>
  </plugins></build>
</project>
"""
FETCHED = Path.home() / ".m2" / "repository"
MAVEN = pytest.mark.skipif(
    not (shutil.which("mvn") and (FETCHED / "org/apache/maven/plugins/maven-surefire-plugin/3.2.5").is_dir()),
    reason="needs Maven, and Surefire 3.2.5 in ~/.m2/repository",
)


@MAVEN
@pytest.mark.network
def test_maven_looks_into_the_user_s_repository_and_a_report_of_an_older_run_never_counts(tmp_path: Path) -> None:
    test = JAVA_TEST.replace("org.junit.Assert", "org.junit.jupiter.api.Assertions")
    test = test.replace("org.junit.Test", "org.junit.jupiter.api.Test")
    files = {"src/main/java/shop/Cart.java": CART, "src/test/java/shop/CartTest.java": test, "pom.xml": POM}
    shop = project(tmp_path, {**files, ".mvn/maven.config": "-o\n-Daether.offline.protocols=file\n"})
    # Others can read this home: the part of the user's repository that the project needs.
    home = tmp_path / "home"
    (home / ".m2").mkdir(parents=True)
    settings = dict(settings_files(FETCHED))["java/.m2/settings.xml"]
    (home / ".m2/settings.xml").write_text(settings, encoding="utf-8")
    environment = {**os.environ, "MAVEN_OPTS": f"-Duser.home={home}"}
    subprocess.run(["mvn", "-q", "-B", "test"], cwd=shop.path, env=environment, check=True)
    shutil.rmtree(shop.path / "target")
    shop.write("target/surefire-reports/TEST-shop.OldTest.xml", STALE)
    shop.commit("A cart")
    shop.break_it(("amount - discount", "amount + discount"), "src/main/java/shop/Cart.java")
    subprocess.run(["chmod", "-R", "a+rX", str(home)], check=True)
    ran = shop.heal("--format=json", "--deliver=summary", "--cache=none", environment={"HOME": str(home)})
    assert ran.document["outcome"] == "fixed", ran.document["sentence"]
    assert "2 test cases: 1 passed, 1 failing" in ran.err
    assert any("whole suite 2 passed and 0 failing (base: 1 and 1)" in line for line in ran.document["proof"])


@GRADLE
@pytest.mark.network
def test_gradle_fetches_once_and_a_report_of_an_older_run_never_counts(tmp_path: Path) -> None:
    files = {"src/main/java/shop/Cart.java": CART, "src/test/java/shop/CartTest.java": JAVA_TEST, "build.gradle": BUILD}
    shop = project(tmp_path, {**files, "build/test-results/test/TEST-shop.OldTest.xml": STALE})
    shop.commit("A cart")
    shop.break_it(("amount - discount", "amount + discount"), "src/main/java/shop/Cart.java")
    ran = shop.heal("--format=json", "--deliver=summary", f"--cache={tmp_path / 'cache'}")
    assert ran.document["outcome"] == "fixed", ran.document["sentence"]
    assert "2 test cases: 1 passed, 1 failing" in ran.err
    assert "by the runner's report" in ran.err
    assert ran.err.count("a first run fetches what Gradle needs") == 1
    assert any("whole suite 2 passed and 0 failing (base: 1 and 1)" in line for line in ran.document["proof"])


@pytest.mark.network
@pytest.mark.parametrize("manager", MANAGERS)
def test_what_a_package_manager_locked_is_installed_and_its_scripts_run_without_network(
    manager: str, tmp_path: Path
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", str(tools), MANAGERS[manager]], check=True)
    path = f"{tools}/node_modules/.bin:{os.environ['PATH']}"
    shop = project(tmp_path, {"lib/cart.js": NODE_CART, "test/cart.test.js": NODE_TEST, "package.json": PACKAGE})
    shop.write(".gitignore", "node_modules/\n.yarn/\n.pnp.*\n")
    program = manager.partition(" ")[0]
    if manager == "yarn":
        shop.write("yarn.lock", "")
    asked = {name: os.environ[name] for name in INSTALLING if name in os.environ}
    environment = {**os.environ, "PATH": path, "CI": "", "YARN_ENABLE_IMMUTABLE_INSTALLS": "false"}
    subprocess.run([program, "install"], cwd=shop.path, env=environment, check=True, capture_output=True)
    shop.commit("A cart")
    shop.break_it(("amount - discount", "amount + discount"), "lib/cart.js")
    ran = shop.heal(
        "--format=json", "--deliver=summary", "--cache=none", "--time-limit=100", environment={**asked, "PATH": path}
    )  # fmt: skip
    assert ran.document["outcome"] == "fixed", ran.document["sentence"]
    assert f"is {program}'s" in ran.err

<?php
require __DIR__ . '/src/Engine.php';

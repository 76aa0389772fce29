module.exports = { testDir: '.', retries: 1, workers: 1, projects: [{ name: 'one' }] };

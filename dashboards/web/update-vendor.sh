#!/bin/sh
# Copies what the page uses of uPlot and Noto Sans Khmer from node_modules (after npm ci)
# into static/vendor. TestVendored holds that the two are equal.
set -eu
cd "$(dirname "$0")"
modules=../../node_modules
font=$modules/@fontsource/noto-sans-khmer
mkdir -p static/vendor/uplot static/vendor/noto-sans-khmer
cp "$modules/uplot/LICENSE" "$modules/uplot/dist/uPlot.iife.min.js" "$modules/uplot/dist/uPlot.min.css" static/vendor/uplot/
cp "$font/LICENSE" static/vendor/noto-sans-khmer/
for subset in khmer latin latin-ext; do
	for weight in 400 700; do
		cp "$font/files/noto-sans-khmer-$subset-$weight-normal.woff2" static/vendor/noto-sans-khmer/
	done
done

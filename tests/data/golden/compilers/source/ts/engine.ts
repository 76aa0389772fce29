interface Point {
  x: number;
  y: number;
}

export function length(point: Point): string {
  return Math.sqrt(point.x ** 2 + point.z ** 2);
}

const origin: Point = { x: 0 };
missing(origin);

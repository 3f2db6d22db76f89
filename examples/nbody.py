"""Five bodies of the solar system under gravity, in the symplectic Euler method.

Prints the total energy before and after; it should hardly change.
usage: nbody.py [steps]
"""
import sys
from math import pi, sqrt

SOLAR_MASS = 4 * pi * pi  # In units of astronomical units, years and solar masses, G is this.
YEAR = 365.24  # Days.


class Body:
    """A mass with its place (astronomical units) and velocity (units per year)."""

    __slots__ = ("name", "mass", "x", "y", "z", "vx", "vy", "vz")

    def __init__(self, name, mass, place, velocity_per_day):
        self.name = name
        self.mass = mass * SOLAR_MASS
        self.x, self.y, self.z = place
        self.vx, self.vy, self.vz = (v * YEAR for v in velocity_per_day)

    def kinetic_energy(self):
        return 0.5 * self.mass * (self.vx ** 2 + self.vy ** 2 + self.vz ** 2)

    def move(self, dt):
        self.x += dt * self.vx
        self.y += dt * self.vy
        self.z += dt * self.vz


def distance(a, b):
    return sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2 + (a.z - b.z) ** 2)


class System:
    def __init__(self, bodies):
        self.bodies = bodies
        self.pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1:]]
        self.rest()

    def rest(self):
        """Gives the first body the momentum that brings the whole system to rest."""
        sun = self.bodies[0]
        for axis in ("vx", "vy", "vz"):
            momentum = sum(getattr(b, axis) * b.mass for b in self.bodies)
            setattr(sun, axis, getattr(sun, axis) - momentum / sun.mass)

    def energy(self):
        potential = sum(a.mass * b.mass / distance(a, b) for a, b in self.pairs)
        return sum(b.kinetic_energy() for b in self.bodies) - potential

    def step(self, dt):
        for a, b in self.pairs:
            dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
            squared = dx * dx + dy * dy + dz * dz
            pull = dt / (squared * sqrt(squared))
            to_a, to_b = b.mass * pull, a.mass * pull
            a.vx -= dx * to_a
            a.vy -= dy * to_a
            a.vz -= dz * to_a
            b.vx += dx * to_b
            b.vy += dy * to_b
            b.vz += dz * to_b
        for body in self.bodies:
            body.move(dt)


def solar_system():
    """The sun and the four large planets; places and velocities of one day, per day."""
    return System([
        Body("sun", 1.0, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
        Body("jupiter", 9.547919e-4, (4.841431, -1.160320, -0.103622), (1.660077e-3, 7.699011e-3, -6.904600e-5)),
        Body("saturn", 2.858860e-4, (8.343367, 4.124799, -0.403523), (-2.767425e-3, 4.998528e-3, 2.304173e-5)),
        Body("uranus", 4.366244e-5, (12.894370, -15.111151, -0.223308), (2.964601e-3, 2.378472e-3, -2.965895e-5)),
        Body("neptune", 5.151389e-5, (15.379697, -25.919315, 0.179259), (2.680678e-3, 1.628242e-3, -9.515923e-5)),
    ])


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    system = solar_system()
    print(f"energy at first: {system.energy():.9f}")
    for _ in range(steps):
        system.step(0.001)
    print(f"after {steps} steps: {system.energy():.9f}")
    for body in system.bodies:
        print(f"  {body.name:8} {body.x:10.5f} {body.y:10.5f} {body.z:10.5f}")


if __name__ == "__main__":
    main()

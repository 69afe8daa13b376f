using System.Numerics;

namespace Siamese.Pipelines.Faces;

/// <summary>A rotation, one scale and a shift: (x, y) goes to (P x − Q y + X, Q x + P y + Y). It never mirrors.</summary>
/// <param name="P">The scale times the cosine of the angle.</param>
/// <param name="Q">The scale times the sine of the angle.</param>
/// <param name="X">The shift across.</param>
/// <param name="Y">The shift down.</param>
public readonly record struct SimilarityTransform(double P, double Q, double X, double Y)
{
    /// <summary>Finds the transform that takes points as near to others as it can: the least sum of squared distances.</summary>
    /// <param name="source">Points, such as landmarks in a picture.</param>
    /// <param name="target">As many points, such as those of a <see cref="FaceTemplate"/>.</param>
    /// <returns>The transform.</returns>
    /// <exception cref="ArgumentException">The counts differ, or the source points all lie in one place, or one is not finite.</exception>
    /// <remarks>The closed form of S. Umeyama, Least-Squares Estimation of Transformation Parameters Between Two Point Patterns, 1991, in the plane.</remarks>
    public static SimilarityTransform Between(ReadOnlySpan<Vector2> source, ReadOnlySpan<Vector2> target)
    {
        if (source.Length != target.Length || source.Length < 2)
        {
            throw new ArgumentException($"There are {source.Length} points and {target.Length} targets, but as many of both are needed, at least 2.", nameof(target));
        }

        (double x, double y) = Mean(source);
        (double u, double v) = Mean(target);
        double spread = 0;
        double dot = 0;
        double cross = 0;
        for (int i = 0; i < source.Length; i++)
        {
            (double ax, double ay) = (source[i].X - x, source[i].Y - y);
            (double bx, double by) = (target[i].X - u, target[i].Y - v);
            spread += (ax * ax) + (ay * ay);
            dot += (ax * bx) + (ay * by);
            cross += (ax * by) - (ay * bx);
        }

        double p = dot / spread;
        double q = cross / spread;
        return double.IsFinite(p) && double.IsFinite(q) && (p != 0 || q != 0)
            ? new SimilarityTransform(p, q, u - (p * x) + (q * y), v - (q * x) - (p * y))
            : throw new ArgumentException("The points all lie in one place, or one is not finite: no similarity takes them to the targets.", nameof(source));
    }

    /// <summary>Takes a point to where it belongs.</summary>
    /// <param name="x">Across.</param>
    /// <param name="y">Down.</param>
    /// <returns>The point's place.</returns>
    public (double X, double Y) Apply(double x, double y) => ((P * x) - (Q * y) + X, (Q * x) + (P * y) + Y);

    /// <summary>Takes a place back to the point that comes to it.</summary>
    /// <param name="u">Across.</param>
    /// <param name="v">Down.</param>
    /// <returns>The point.</returns>
    public (double X, double Y) Invert(double u, double v)
    {
        double squaredScale = (P * P) + (Q * Q);
        (double du, double dv) = (u - X, v - Y);
        return (((P * du) + (Q * dv)) / squaredScale, ((P * dv) - (Q * du)) / squaredScale);
    }

    private static (double X, double Y) Mean(ReadOnlySpan<Vector2> points)
    {
        double x = 0;
        double y = 0;
        foreach (Vector2 point in points)
        {
            x += point.X;
            y += point.Y;
        }

        return (x / points.Length, y / points.Length);
    }
}

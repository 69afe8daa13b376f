using System.Buffers;
using System.Numerics;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Faces;

/// <summary>Finds faces by a single-shot detector on MobileNet v1, and their landmarks by a network of 68 points.</summary>
/// <remarks>
/// <para>
/// The networks are <c>face-ssd-mobilenetv1.onnx</c> and <c>face-landmark-68.onnx</c>, which come with this library. The detector sees a
/// square of 512 pixels and is weak on faces that fill it, so each picture is looked at twice: as large as it fits, and at half that size.
/// Only where neither look finds a face, a third one is taken at a third of the size, with a lower score.
/// </para>
/// <para>W. Liu et al., SSD: Single Shot MultiBox Detector, 2016; A. Howard et al., MobileNets, 2017.</para>
/// </remarks>
public sealed class SsdFaceDetector : FaceDetector
{
    private const int Side = 512;
    private const int Priors = 5118;
    private const int LandmarkSide = 112;
    private const int LandmarkPoints = 68;

    // How far the five landmarks of an upright face lie from their middle, as a fraction of the side of a square of its box's area: the median
    // of 268 photographs. Half of those turned stay below 0.13.
    private const float UprightSpread = 0.25f;

    // A box of fewer pixels holds no face that landmarks could be found in.
    private const float MinimumBoxSide = 4;

    private readonly SsdFaceDetectorOptions _options;
    private readonly OnnxSession _detector;
    private readonly OnnxSession _landmarks;
    private readonly UseCount _uses;

    private SsdFaceDetector(byte[] detector, byte[] landmarks, SsdFaceDetectorOptions options)
    {
        _options = options;
        _detector = new OnnxSession(
            new OnnxStep(
                detector,
                [new OnnxColumn("image", "image", [3, Side, Side])],
                [new OnnxColumn("boxes", "boxes", [Priors, 4]), new OnnxColumn("scores", "scores", [Priors])]),
            options.Threads,
            typeof(SsdFaceDetector));
        _landmarks = new OnnxSession(
            new OnnxStep(
                landmarks,
                [new OnnxColumn("image", "image", [3, LandmarkSide, LandmarkSide])],
                [new OnnxColumn("landmarks", "landmarks", [2 * LandmarkPoints])]),
            options.Threads,
            typeof(SsdFaceDetector));

        // A picture goes through both networks several times: neither may go before it is through.
        _uses = new UseCount(typeof(SsdFaceDetector), () =>
        {
            _detector.Dispose();
            _landmarks.Dispose();
        });
    }

    /// <summary>Reads the two networks.</summary>
    /// <param name="detectorPath"><c>face-ssd-mobilenetv1.onnx</c>.</param>
    /// <param name="landmarksPath"><c>face-landmark-68.onnx</c>.</param>
    /// <param name="options">Scores and threads; null for the defaults.</param>
    /// <returns>The detector, which the caller disposes.</returns>
    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, no ONNX file, or another network.</exception>
    public static SsdFaceDetector Load(string detectorPath, string landmarksPath, SsdFaceDetectorOptions? options = null)
    {
        byte[] detector = FaceNetworkFile.Read(
            detectorPath, "the detector face-ssd-mobilenetv1.onnx", [("image", [3, Side, Side])], [("boxes", [Priors, 4]), ("scores", [Priors])]);
        byte[] landmarks = FaceNetworkFile.Read(
            landmarksPath, "the landmarks network face-landmark-68.onnx", [("image", [3, LandmarkSide, LandmarkSide])], [("landmarks", [2 * LandmarkPoints])]);
        return new SsdFaceDetector(detector, landmarks, options ?? new SsdFaceDetectorOptions());
    }

    /// <inheritdoc/>
    public override IReadOnlyList<DetectedFace> Detect(FacePicture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        _uses.Enter();
        try
        {
            return DetectTurned(picture, _options.TurnBelowScore, Find, RateAsUpright);
        }
        finally
        {
            _uses.Exit();
        }
    }

    /// <summary>Runs the detector on a canvas of 512 x 512 as it is.</summary>
    internal (float[] Boxes, float[] Scores) Run(float[] canvas)
    {
        var boxes = new float[4 * Priors];
        var scores = new float[Priors];
        _detector.Run([canvas], [boxes, scores], 0, 1);
        return (boxes, scores);
    }

    /// <summary>Runs the landmarks network on a square of 112 x 112 as it is: fractions of it, x and y in turn.</summary>
    internal float[] RunLandmarks(float[] canvas)
    {
        var points = new float[2 * LandmarkPoints];
        _landmarks.Run([canvas], [points], 0, 1);
        return points;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _uses.Dispose();
        }

        base.Dispose(disposing);
    }

    private List<DetectedFace> Find(FacePicture picture)
    {
        List<(FaceBox Box, float Score)> candidates = Look(picture, border: 0f, _options.MinimumScore);
        if (!Suffices(candidates))
        {
            candidates.AddRange(Look(picture, border: 0.5f, _options.MinimumScore));
        }

        if (candidates.Count == 0 && _options.FallbackMinimumScore < 1)
        {
            candidates = Look(picture, border: 1f, _options.FallbackMinimumScore);
        }

        return [.. Suppress(candidates, _options.MaximumOverlap).Select(index => new DetectedFace(
            candidates[index].Box, candidates[index].Score, FindLandmarks(picture, candidates[index].Box)))];
    }

    private bool Suffices(List<(FaceBox Box, float Score)> candidates) =>
        _options.SufficientScore < 1
        && Suppress(candidates, _options.MaximumOverlap) is { Count: > 0 } faces
        && candidates[faces.MaxBy(index => candidates[index].Box.Area)].Score >= _options.SufficientScore;

    /// <summary>Looks at the picture with a black border of so many times its longer side on all four sides.</summary>
    private List<(FaceBox Box, float Score)> Look(FacePicture picture, float border, float minimumScore)
    {
        double scale = Side / (picture.LongerSide * (1 + (2.0 * border)));
        int width = Math.Max(1, (int)Math.Round(picture.Width * scale));
        int height = Math.Max(1, (int)Math.Round(picture.Height * scale));
        int offset = (int)Math.Round(picture.LongerSide * border * scale);
        float[] canvas = ArrayPool<float>.Shared.Rent(3 * Side * Side);
        try
        {
            picture.Place(width, height, offset, offset, canvas.AsSpan(0, 3 * Side * Side), Side, Side);
            (float[] boxes, float[] scores) = Run(canvas);
            var found = new List<(FaceBox Box, float Score)>();
            for (int prior = 0; prior < Priors; prior++)
            {
                if (!(scores[prior] > minimumScore))
                {
                    continue;
                }

                float left = InPicture(boxes[4 * prior], offset, picture.Width, width);
                float top = InPicture(boxes[(4 * prior) + 1], offset, picture.Height, height);
                float right = InPicture(boxes[(4 * prior) + 2], offset, picture.Width, width);
                float bottom = InPicture(boxes[(4 * prior) + 3], offset, picture.Height, height);
                var box = new FaceBox(left, top, right - left, bottom - top);
                if (box.Width >= MinimumBoxSide && box.Height >= MinimumBoxSide && Overlaps(box, picture))
                {
                    found.Add((box, scores[prior]));
                }
            }

            return found;
        }
        finally
        {
            ArrayPool<float>.Shared.Return(canvas);
        }
    }

    // The landmarks of a face that is seen turned lie closer together: the detector may be as sure of it, but the network of landmarks never saw one.
    private static float RateAsUpright(DetectedFace face)
    {
        Vector2[] points = face.Landmarks.ToArray();
        Vector2 middle = points.Aggregate(Vector2.Add) / points.Length;
        float spread = MathF.Sqrt(points.Average(point => Vector2.DistanceSquared(point, middle)) / face.Box.Area);
        return face.Score * Math.Min(1f, spread / UprightSpread);
    }

    private static float InPicture(float fraction, int offset, int size, int placed) =>
        ((Math.Clamp(fraction, 0f, 1f) * Side) - offset) * size / placed;

    private static bool Overlaps(FaceBox box, FacePicture picture) =>
        Math.Min(box.Right, picture.Width) - Math.Max(box.X, 0) >= 1 && Math.Min(box.Bottom, picture.Height) - Math.Max(box.Y, 0) >= 1;

    private FaceLandmarks FindLandmarks(FacePicture picture, FaceBox box)
    {
        int left = (int)Math.Clamp(box.X, 0, picture.Width - 1);
        int top = (int)Math.Clamp(box.Y, 0, picture.Height - 1);
        int right = (int)Math.Clamp(box.Right, left + 1, picture.Width);
        int bottom = (int)Math.Clamp(box.Bottom, top + 1, picture.Height);
        FacePicture square = picture.CutSquare(left, top, right - left, bottom - top);
        var canvas = new float[3 * LandmarkSide * LandmarkSide];
        square.Place(LandmarkSide, LandmarkSide, 0, 0, canvas, LandmarkSide, LandmarkSide);
        float[] fractions = RunLandmarks(canvas);

        var origin = new Vector2(left - ((square.Width - (right - left)) / 2), top - ((square.Width - (bottom - top)) / 2));
        Vector2 Mean(int first, int count)
        {
            Vector2 sum = Vector2.Zero;
            for (int point = first; point < first + count; point++)
            {
                sum += new Vector2(fractions[2 * point], fractions[(2 * point) + 1]);
            }

            return (sum / count * square.Width) + origin;
        }

        // The points of the iBUG order: 36-41 one eye, 42-47 the other, 30 the tip of the nose, 48 and 54 the corners of the mouth.
        return new FaceLandmarks(Mean(36, 6), Mean(42, 6), Mean(30, 1), Mean(48, 1), Mean(54, 1));
    }
}

using Microsoft.ML.OnnxRuntime;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Faces;

/// <summary>Finds faces and their five landmarks by YuNet, from a file that the user gives: small and fast.</summary>
/// <remarks>
/// No such file comes with this library. Those of libfacedetection (<c>yunet_n_dynamic.onnx</c>, any size) and of OpenCV Zoo
/// (<c>face_detection_yunet_2023mar.onnx</c>, a fixed square) serve: one input (N, 3, H, W) in blue, green, red of [0, 255], and for each of
/// the strides 8, 16 and 32 the outputs <c>cls</c>, <c>obj</c>, <c>bbox</c> and <c>kps</c>.
/// <para>W. Wu, H. Peng, S. Yu, YuNet: A Tiny Millisecond-level Face Detector, 2023.</para>
/// </remarks>
public sealed class YuNetFaceDetector : FaceDetector
{
    private const string Expected = "a YuNet face detector";
    private const int LargestStride = 32;
    private static readonly int[] Strides = [8, 16, LargestStride];
    private static readonly string[] Outputs = [.. Strides.SelectMany(stride => new[] { $"cls_{stride}", $"obj_{stride}", $"bbox_{stride}", $"kps_{stride}" })];

    private readonly YuNetFaceDetectorOptions _options;
    private readonly SharedSession _session;
    private readonly string _input;
    private readonly (int Width, int Height)? _fixedSize;

    private YuNetFaceDetector(InferenceSession session, YuNetFaceDetectorOptions options)
    {
        _session = new SharedSession(session, typeof(YuNetFaceDetector));
        _options = options;
        (_input, NodeMetadata input) = session.InputMetadata.Single();
        _fixedSize = input.Dimensions is [_, _, > 0 and int height, > 0 and int width] ? (width, height) : null;
    }

    /// <summary>Reads the network.</summary>
    /// <param name="path">An ONNX file of YuNet.</param>
    /// <param name="options">Scores, size and threads; null for the defaults.</param>
    /// <returns>The detector, which the caller disposes.</returns>
    /// <exception cref="FileNotFoundException">The file is not there.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, no ONNX file, or another network.</exception>
    public static YuNetFaceDetector Load(string path, YuNetFaceDetectorOptions? options = null)
    {
        options ??= new YuNetFaceDetectorOptions();
        InferenceSession session = FaceNetworkFile.Open(path, FaceNetworkFile.ReadBytes(path, Expected), options.Threads);
        try
        {
            FaceNetworkFile.Check(path, Expected, "input", session.InputMetadata, [(session.InputMetadata.Keys.First(), [3, -1, -1])]);
            FaceNetworkFile.Check(path, Expected, "output", session.OutputMetadata, [.. Outputs.Select(name => (name, new[] { -1, Values(name) }))]);
            return new YuNetFaceDetector(session, options);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<DetectedFace> Detect(FacePicture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        using SharedSession.Use use = _session.Enter();
        return DetectTurned(picture, _options.TurnBelowScore, turned => Find(use, turned));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _session.Dispose();
        }

        base.Dispose(disposing);
    }

    private static int Values(string output) => output[0] switch
    {
        'b' => 4,
        'k' => 2 * FaceLandmarks.Count,
        _ => 1,
    };

    private static int RoundUp(int size) => (size + LargestStride - 1) / LargestStride * LargestStride;

    private IReadOnlyList<DetectedFace> Find(SharedSession.Use use, FacePicture picture)
    {
        double scale = _fixedSize is { } size
            ? Math.Min(1, Math.Min((double)size.Width / picture.Width, (double)size.Height / picture.Height))
            : Math.Min(1, (double)_options.LongestSide / picture.LongerSide);
        int width = Math.Max(1, (int)Math.Round(picture.Width * scale));
        int height = Math.Max(1, (int)Math.Round(picture.Height * scale));
        (int canvasWidth, int canvasHeight) = _fixedSize ?? (RoundUp(width), RoundUp(height));
        var canvas = new float[3 * canvasWidth * canvasHeight];
        picture.Place(width, height, 0, 0, canvas, canvasWidth, canvasHeight, blueFirst: true);

        List<DetectedFace> found = Run(use, canvas, canvasWidth, canvasHeight, (float)picture.Width / width, (float)picture.Height / height);
        return [.. Suppress([.. found.Select(face => (face.Box, face.Score))], _options.MaximumOverlap).Select(index => found[index])];
    }

    private List<DetectedFace> Run(SharedSession.Use use, float[] canvas, int width, int height, float scaleX, float scaleY)
    {
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(canvas, [1, 3, height, width]);
        using IDisposableReadOnlyCollection<OrtValue> outputs = use.Run([_input], [input], Outputs);
        var faces = new List<DetectedFace>();
        for (int level = 0; level < Strides.Length; level++)
        {
            int stride = Strides[level];
            int columns = width / stride;
            ReadOnlySpan<float> classes = outputs[4 * level].GetTensorDataAsSpan<float>();
            ReadOnlySpan<float> objects = outputs[(4 * level) + 1].GetTensorDataAsSpan<float>();
            ReadOnlySpan<float> boxes = outputs[(4 * level) + 2].GetTensorDataAsSpan<float>();
            ReadOnlySpan<float> points = outputs[(4 * level) + 3].GetTensorDataAsSpan<float>();
            for (int i = 0; i < classes.Length; i++)
            {
                float score = MathF.Sqrt(Math.Clamp(classes[i], 0f, 1f) * Math.Clamp(objects[i], 0f, 1f));
                if (!(score >= _options.MinimumScore))
                {
                    continue;
                }

                (int row, int column) = Math.DivRem(i, columns);
                ReadOnlySpan<float> box = boxes.Slice(4 * i, 4);
                float boxWidth = MathF.Exp(box[2]) * stride;
                float boxHeight = MathF.Exp(box[3]) * stride;
                float left = ((column + box[0]) * stride) - (boxWidth / 2);
                float top = ((row + box[1]) * stride) - (boxHeight / 2);
                var landmarks = new float[2 * FaceLandmarks.Count];
                for (int point = 0; point < FaceLandmarks.Count; point++)
                {
                    int x = 2 * point;
                    landmarks[x] = (points[(2 * FaceLandmarks.Count * i) + x] + column) * stride * scaleX;
                    landmarks[x + 1] = (points[(2 * FaceLandmarks.Count * i) + x + 1] + row) * stride * scaleY;
                }

                faces.Add(new DetectedFace(
                    new FaceBox(left * scaleX, top * scaleY, boxWidth * scaleX, boxHeight * scaleY), score, FaceLandmarks.From(landmarks)));
            }
        }

        return faces;
    }
}

using System.Reflection;
using NUnit.Framework.Api;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace Siamese.Mutation;

/// <summary>Runs the tests of a folder once for each mutant whose number it reads, and writes the first test that fails, or nothing.</summary>
internal static class Worker
{
    /// <summary>How a line of answer begins; tests write lines of their own.</summary>
    public const string Mark = "#mutant ";

    public static int Run(string folder)
    {
        var tests = Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, "Siamese.Pipelines.Tests.dll"));
        var library = Assembly.Load("Siamese.Pipelines");
        FieldInfo active = library.GetType("Siamese.Mutation.Switch", throwOnError: true)!.GetField("Active")!;
        TestFilter filter = TestFilter.FromXml($"<filter><namespace re='1'>^Siamese\\.Pipelines\\.Tests\\.{folder}($|\\.)</namespace></filter>");
        TextWriter answers = Console.Out;
        Console.SetOut(TextWriter.Null);
        while (Console.In.ReadLine() is { } line)
        {
            active.SetValue(null, int.Parse(line, System.Globalization.CultureInfo.InvariantCulture));
            var runner = new NUnitTestAssemblyRunner(new DefaultTestAssemblyBuilder());
            runner.Load(tests, new Dictionary<string, object> { ["StopOnError"] = true, ["NumberOfTestWorkers"] = 0 });
            var failures = new FirstFailure();
            ITestResult result = runner.Run(failures, filter);
            answers.WriteLine($"{Mark}{line} {result.PassCount} {failures.Name}");
            answers.Flush();
        }

        return 0;
    }

    private sealed class FirstFailure : ITestListener
    {
        public string? Name { get; private set; }

        public void TestFinished(ITestResult result)
        {
            if (!result.HasChildren && result.ResultState.Status == TestStatus.Failed)
            {
                Name ??= result.FullName;
            }
        }

        public void TestStarted(ITest test)
        {
        }

        public void TestOutput(TestOutput output)
        {
        }

        public void SendMessage(TestMessage message)
        {
        }
    }
}
